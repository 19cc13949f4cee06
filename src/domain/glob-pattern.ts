/** What one place of a pattern takes. `many`: any number of such characters, none too. */
export type GlobPart =
  | { readonly kind: 'one' | 'many'; readonly accepts: (character: string) => boolean }
  /** The next `length` parts may be absent as a whole. */
  | { readonly kind: 'optional'; readonly length: number };

/** More alternatives than this are a mistake: ten times `{a,b}` would mean 1024. */
const maxAlternatives = 256;

/** The pattern's alternatives as parts, or what is wrong with it as the rest of a sentence. */
export function parseGlob(pattern: string): readonly (readonly GlobPart[])[] | string {
  if (pattern === '') return 'it is empty';
  const alternatives = expandBraces(pattern);
  if (alternatives === null)
    return `its braces do not close, or mean more than ${maxAlternatives} alternatives`;
  const parsed = alternatives.map(partsOf);
  const complete = parsed.filter((parts) => parts !== null);
  return complete.length < parsed.length ? 'its [ has no ]' : complete;
}

/** `a{b,c}d` → `abd`, `acd`, nested braces too; null: unbalanced, or too many. */
function expandBraces(pattern: string): readonly string[] | null {
  const open = indexOfBrace(pattern);
  if (open === null) return [pattern];
  const braces = splitBraces(pattern, open);
  if (braces === null) return null;
  const expanded: string[] = [];
  for (const alternative of braces.alternatives) {
    const more = expandBraces(pattern.slice(0, open) + alternative + braces.rest);
    if (more === null || expanded.length + more.length > maxAlternatives) return null;
    expanded.push(...more);
  }
  return expanded;
}

function indexOfBrace(pattern: string): number | null {
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '[') at = endOfSet(pattern, at) ?? at;
    else if (pattern[at] === '{') return at;
  }
  return null;
}

function splitBraces(pattern: string, open: number) {
  const alternatives: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = start; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') at++;
    else if (character === '{') depth++;
    else if (character === '}' && depth > 0) depth--;
    else if (depth === 0 && (character === ',' || character === '}')) {
      alternatives.push(pattern.slice(start, at));
      start = at + 1;
      if (character === '}') return { alternatives, rest: pattern.slice(start) };
    }
  }
  return null;
}

/** Index of the `]` that closes the set at `open`; one directly behind `[` or `[!` belongs to the set. */
function endOfSet(pattern: string, open: number): number | null {
  const first = isNegated(pattern, open) ? open + 2 : open + 1;
  const end = pattern.indexOf(']', first + 1);
  return end < 0 ? null : end;
}

function isNegated(pattern: string, open: number): boolean {
  return pattern[open + 1] === '!' || pattern[open + 1] === '^';
}

function partsOf(pattern: string): readonly GlobPart[] | null {
  const parts: GlobPart[] = [];
  for (let at = 0; at < pattern.length; ) {
    const next = partsAt(pattern, at);
    if (next === null) return null;
    parts.push(...next.parts);
    at += next.length;
  }
  return parts;
}

const any: GlobPart = { kind: 'many', accepts: () => true };
const within: GlobPart = { kind: 'many', accepts: (character) => character !== '/' };
const single: GlobPart = { kind: 'one', accepts: (character) => character !== '/' };
const folders: readonly GlobPart[] = [{ kind: 'optional', length: 2 }, any, literal('/')];

function partsAt(pattern: string, at: number): { parts: readonly GlobPart[]; length: number } | null {
  const startsFolder = at === 0 || pattern[at - 1] === '/';
  if (startsFolder && pattern.startsWith('**/', at)) return { parts: folders, length: 3 };
  if (pattern.startsWith('**', at)) return { parts: [any], length: 2 };
  if (pattern[at] === '*') return { parts: [within], length: 1 };
  if (pattern[at] === '?') return { parts: [single], length: 1 };
  if (pattern[at] === '[') return setAt(pattern, at);
  const from = pattern[at] === '\\' && at + 1 < pattern.length ? at + 1 : at;
  const character = String.fromCodePoint(pattern.codePointAt(from) ?? 0);
  return { parts: [literal(character)], length: from - at + character.length };
}

function literal(wanted: string): GlobPart {
  return { kind: 'one', accepts: (character) => character === wanted };
}

function setAt(pattern: string, open: number): { parts: readonly GlobPart[]; length: number } | null {
  const end = endOfSet(pattern, open);
  if (end === null) return null;
  const negated = isNegated(pattern, open);
  const ranges = rangesOf(Array.from(pattern.slice(open + (negated ? 2 : 1), end)));
  const isMember = (character: string) => ranges.some(([from, to]) => from <= character && character <= to);
  const accepts = (character: string) => character !== '/' && isMember(character) !== negated;
  return { parts: [{ kind: 'one', accepts }], length: end + 1 - open };
}

function rangesOf(members: readonly string[]): readonly (readonly [string, string])[] {
  const ranges: [string, string][] = [];
  for (let at = 0; at < members.length; at++) {
    const from = members[at] ?? '';
    const to = members[at + 1] === '-' ? members[at + 2] : undefined;
    ranges.push([from, to ?? from]);
    if (to !== undefined) at += 2;
  }
  return ranges;
}
