import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmlessStream, outputLine } from '../../src/output/harmless-stream.ts';

function shown(input: string | Uint8Array, { color = true, cuts = [] as readonly number[] } = {}): string {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  const stream = harmlessStream({ color });
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
  return chunks.map((chunk) => stream.push(chunk)).join('') + stream.end();
}

describe('what a script prints reaches a terminal', () => {
  it.each<[string, string, string]>([
    ['text, tabs and line ends as they are', 'a\tb\n\ncé 日本 👩‍👧\n', 'a\tb\n\ncé 日本 👩‍👧\n'],
    ['colours, reset at the end', '\u001b[1;31mred', '\u001b[1;31mred\u001b[0m'],
    ['no cursor movement', 'a\u001b[2J\u001b[H\u001b[10Ab', 'ab'],
    ['no title', 'a\u001b]0;title\u0007b', 'ab'],
    ['no hyperlink', '\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\', 'text'],
    ['no clipboard access, not even in 8 bits', 'a\u001bPdevice\u001b\\b\u001b_x\u009cc', 'abc'],
    ['no private modes that look like colours', 'a\u001b[?25lb\u001b[>4;1mc', 'abc'],
    ['no character sets', '\u001b(0lqqk\u001b(B', 'lqqk'],
    ['no lone controls', 'a\u0007b\u0008c\u000bd\u007fe\u009bf', 'abcdef'],
    ['no reordering', 'a\u202eb\u2066c', 'abc'],
    ['no line or paragraph ends that no shell knows', 'a\u2028b\u2029c', 'abc'],
    ['a progress bar as lines', '10%\r20%\r30%\ndone\n', '10%\n20%\n30%\ndone\n'],
    ['the line ends of Windows as line ends', 'a\r\nb\r\r\nc', 'a\nb\nc'],
    ['text after a string that never ends, from the next line on', 'a\u001b]0;title\nb', 'a\nb'],
    ['text after a broken sequence', 'a\u001b[12\nb\u001béc', 'a\nbéc'],
    ['invalid UTF-8 as such', 'a\ufffdb', 'a\ufffdb'],
  ])('%s', (_, printed, expected) => {
    expect(shown(printed)).toBe(expected);
  });

  it('without colours where the terminal wants none', () => {
    expect(shown('\u001b[31mred\u001b[0m', { color: false })).toBe('red');
  });

  it('invalid bytes as replacement characters', () => {
    expect(shown(Uint8Array.of(0x61, 0xff, 0xc3, 0x62))).toBe('a\ufffd\ufffdb');
  });
});

/** Bytes rich in what is dangerous: sequences whole and broken, multi-byte characters, noise. */
const output = fc
  .array(
    fc
      .oneof(
        fc.constantFrom(
          '\u001b',
          '\u001b[',
          '\u001b[31m',
          '\u001b[0',
          '\u001b]0;',
          '\u001bP',
          '\u001b\\',
          '\u0007',
        ),
        fc.constantFrom('\r', '\n', '\t', '\u009b', '\u009c', '\u202e', 'é', '日', '👩', 'm', ';', '38', '?'),
        fc.string({ unit: 'binary', maxLength: 5 }),
      )
      .map((text) => Buffer.from(text)),
  )
  .chain((parts) =>
    fc.uint8Array({ maxLength: 5 }).map((noise) => Buffer.concat([...parts, noise, ...parts])),
  );

it('of any output nothing but colours, tabs and line ends can act on the terminal', () => {
  fc.assert(
    fc.property(output, fc.boolean(), (bytes, color) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what this is about
      const text = shown(bytes, { color }).replace(/\u001b\[[\d;:]*m/g, color ? '' : '!\u001b');
      expect(text).not.toMatch(/[^\t\n\P{Cc}]/u);
      expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028\u2029]/u);
    }),
    { numRuns: 1000 },
  );
});

it('how the bytes are cut into chunks makes no difference', () => {
  fc.assert(
    fc.property(output, fc.array(fc.nat(), { maxLength: 10 }), (bytes, cuts) => {
      expect(shown(bytes, { cuts })).toBe(shown(bytes));
    }),
    { numRuns: 1000 },
  );
});

it('text without controls comes through unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(), { maxLength: 5 }), (text, cuts) => {
      fc.pre(!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text));
      expect(shown(text, { cuts })).toBe(text);
    }),
  );
});

it.each([
  ['\u001b[31mred\u001b[0m\u0007 end', 'red end'],
  ['10%\r20%\r100% done', '100% done'],
  ['from Windows\r', 'from Windows'],
  ['\u001b]0;title\u0007text\tand more', 'text and more'],
  ['', ''],
])('of the line %j a summary shows %j', (line, shown) => {
  expect(outputLine(line)).toBe(shown);
});
