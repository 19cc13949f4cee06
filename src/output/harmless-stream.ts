import { type Place, step, text } from './escape-sequences.ts';
import { harmlessLine } from './harmless.ts';

export interface HarmlessStream {
  /** What of these bytes may go to a terminal now. */
  push(bytes: Uint8Array): string;
  /** What is left at the end: colours are reset. */
  end(): string;
}

/** Neither controls nor what hides or reorders text, but for tabs, line ends and the joiners that scripts need. */
const plain = /(?:[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|[\t\n\u200c\u200d])+/uy;

/**
 * Makes a script's output harmless to a terminal, however it is cut into chunks: of all escape sequences
 * colours alone stay (none without `color`), and a carriage return, which could overwrite what was shown,
 * starts a new line.
 */
export function harmlessStream({ color }: { readonly color: boolean }): HarmlessStream {
  const decoder = new TextDecoder();
  const lines = lineBreaks();
  let place: Place = text;
  let isColoured = false;

  function plainAt(input: string, start: number): string {
    plain.lastIndex = start;
    return place.kind === 'text' ? (plain.exec(input)?.[0] ?? '') : '';
  }

  function colour(kept: string): string {
    if (kept === '' || !color) return '';
    isColoured = true;
    return kept;
  }

  function pass(input: string): string {
    let output = '';
    for (let at = 0; at < input.length; ) {
      const run = plainAt(input, at);
      if (run !== '') {
        output += lines.print(run);
        at += run.length;
        continue;
      }
      const character = String.fromCodePoint(input.codePointAt(at) ?? 0);
      if (place.kind === 'text' && character === '\r') lines.carriageReturn();
      const next = step(place, character);
      place = next.place;
      output += colour(next.kept);
      if (!next.again) at += character.length;
    }
    return output;
  }

  return {
    push: (bytes) => pass(decoder.decode(bytes, { stream: true })),
    end: () => pass(decoder.decode()) + (isColoured ? '\u001b[0m' : ''),
  };
}

/** A carriage return alone becomes a line end once something follows on a line that has text. */
function lineBreaks() {
  let isAtStart = true;
  let isReturned = false;
  return {
    carriageReturn(): void {
      isReturned = true;
    },
    print(plainText: string): string {
      const needsBreak = isReturned && !isAtStart && !plainText.startsWith('\n');
      isReturned = false;
      isAtStart = plainText.endsWith('\n');
      return needsBreak ? `\n${plainText}` : plainText;
    },
  };
}

/** A line of a script's output among other text: without colours, and of what was written over itself the last. */
export function outputLine(line: string): string {
  const stream = harmlessStream({ color: false });
  const shown = stream.push(new TextEncoder().encode(line)) + stream.end();
  return harmlessLine(shown.slice(shown.lastIndexOf('\n') + 1));
}
