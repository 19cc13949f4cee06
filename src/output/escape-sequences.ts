/** Where in a terminal's input a character stands (ECMA-48); `parameters` of a control sequence so far. */
export type Place =
  | { readonly kind: 'text' }
  | { readonly kind: 'escape' }
  | { readonly kind: 'sequence'; readonly parameters: string }
  /** Title, hyperlink, clipboard and the like: ends with BEL or ST; here also with the line. */
  | { readonly kind: 'string' };

export interface Step {
  readonly place: Place;
  /** What of it a reader may get. */
  readonly kept: string;
  /** Set: the character ended what came before, and is to be read again as text. */
  readonly again?: true;
}

export const text: Place = { kind: 'text' };
const escapeCharacter = '\u001b';
const nothing: Step = { place: text, kept: '' };

/** Reads one character outside plain text; of all escape sequences colours alone (SGR) are kept. */
export function step(place: Place, character: string): Step {
  if (place.kind !== 'string' && place.kind !== 'text' && (character < ' ' || character > '~')) {
    return { place: text, kept: '', again: true };
  }
  switch (place.kind) {
    case 'text':
      return character === escapeCharacter ? { place: { kind: 'escape' }, kept: '' } : nothing;
    case 'escape':
      return afterEscape(character);
    case 'sequence':
      return inSequence(place.parameters, character);
    case 'string':
      return inString(character);
  }
}

function afterEscape(character: string): Step {
  if (character === '[') return { place: { kind: 'sequence', parameters: '' }, kept: '' };
  if (/[\]PX^_]/.test(character)) return { place: { kind: 'string' }, kept: '' };
  return character < '0' ? { place: { kind: 'escape' }, kept: '' } : nothing;
}

function inSequence(parameters: string, character: string): Step {
  if (character < '@') return { place: { kind: 'sequence', parameters: parameters + character }, kept: '' };
  const isColour = character === 'm' && /^[\d;:]{0,64}$/.test(parameters);
  return isColour ? { place: text, kept: `${escapeCharacter}[${parameters}m` } : nothing;
}

function inString(character: string): Step {
  // ST is ESC \, which `afterEscape` drops.
  if (character === escapeCharacter) return { place: { kind: 'escape' }, kept: '' };
  if (character === '\n') return { place: text, kept: '', again: true };
  return character === '\u0007' || character === '\u009c' ? nothing : { place: { kind: 'string' }, kept: '' };
}
