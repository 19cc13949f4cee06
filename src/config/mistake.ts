/** Keys and list positions that lead to a value of amp.yaml. */
export type Path = readonly (string | number)[];

/** Something wrong at a place of amp.yaml, as the rest of the sentence that starts with the path. */
export interface Mistake {
  readonly path: Path;
  readonly message: string;
}

/** The same with its place in the file, both counted from 1. */
export interface PlacedMistake extends Mistake {
  readonly line: number;
  readonly column: number;
}

/** `amp.yaml:14:15: repos[2].branches: expected a list of globs, got "main"`, a line for each, in the file's order. */
export function describeMistakes(file: string, mistakes: readonly PlacedMistake[]): string {
  return mistakes
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, path, message }) => `${file}:${line}:${column}: ${pathText(path)}${message}`)
    .join('\n');
}

function pathText(path: Path): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : keyText(key))).join('');
  return text === '' ? '' : `${text.replace(/^\./, '')}: `;
}

function keyText(key: string): string {
  return /^[\w-]+$/.test(key) ? `.${key}` : `[${shown(key)}]`;
}

/** A value as a message shows it: on one line, nothing in it that a terminal would obey, never long. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a map';
  if (typeof value !== 'string') return String(value);
  const quoted = JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  return quoted.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** A message function for the schema: what is allowed and what was found. */
export function expected(what: string): (issue: { readonly input: unknown }) => string {
  return ({ input }) => `expected ${what}, got ${shown(input)}`;
}
