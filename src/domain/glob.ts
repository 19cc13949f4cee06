import { type GlobPart, parseGlob } from './glob-pattern.ts';

// Globs as in GitHub Actions' branch filters: `*` stops at a slash and `**` does not; also `?`, sets such as
// `[a-z]` and `[!a-z]`, `{a,b}`, and `\` for the next character as it is. `**` as a whole folder may be none.

const parsed = new Map<string, ReturnType<typeof parseGlob>>();

/** Whether the whole of `name` fits the glob; nothing fits one that {@link globMistake} complains about. */
export function matchesGlob(pattern: string, name: string): boolean {
  const glob = parsedGlob(pattern);
  const characters = Array.from(name);
  return typeof glob !== 'string' && glob.some((parts) => matchesParts(parts, characters));
}

/** What is wrong with a pattern, as the rest of a sentence; null: nothing. */
export function globMistake(pattern: string): string | null {
  const glob = parsedGlob(pattern);
  return typeof glob === 'string' ? glob : null;
}

/** Whether the text means more than itself. */
export function isGlob(text: string): boolean {
  return /[*?[\]{}\\]/.test(text);
}

function parsedGlob(pattern: string): ReturnType<typeof parseGlob> {
  const known = parsed.get(pattern);
  if (known !== undefined) return known;
  const glob = parseGlob(pattern);
  parsed.set(pattern, glob);
  return glob;
}

/**
 * Follows all possible states at once, so that the time is at most pattern length times name length: whoever
 * may push a branch could stall a RegExp with its name.
 */
function matchesParts(parts: readonly GlobPart[], characters: readonly string[]): boolean {
  let states = withOptional(parts, [0]);
  for (const character of characters) {
    states = withOptional(parts, statesAfter(parts, states, character));
    if (states.size === 0) return false;
  }
  return states.has(parts.length);
}

function statesAfter(parts: readonly GlobPart[], states: ReadonlySet<number>, character: string): number[] {
  const next: number[] = [];
  for (const state of states) {
    const part = parts[state];
    if (!part || part.kind === 'optional' || !part.accepts(character)) continue;
    next.push(part.kind === 'many' ? state : state + 1);
  }
  return next;
}

/** The states, and those that they reach without reading a character. */
function withOptional(parts: readonly GlobPart[], states: readonly number[]): ReadonlySet<number> {
  const reached = new Set(states);
  // A set's iteration also visits what is added on the way.
  for (const state of reached) {
    const part = parts[state];
    if (part?.kind === 'many') reached.add(state + 1);
    if (part?.kind === 'optional') reached.add(state + 1).add(state + 1 + part.length);
  }
  return reached;
}
