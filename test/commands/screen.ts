import type { Terminal } from '../../src/terminal.ts';

export interface Screen extends Terminal {
  /** Everything written so far, as it was given. */
  readonly written: readonly (string | Uint8Array)[];
  /** The same as text. */
  text(): string;
}

/** A terminal that remembers; by default none at all, but a pipe. */
export function screen({ isTerminal = false, columns = 100, rows = 30, color = false } = {}): Screen {
  const written: (string | Uint8Array)[] = [];
  return {
    isTerminal,
    color,
    columns: () => (isTerminal ? columns : 0),
    rows: () => (isTerminal ? rows : 0),
    write: (text) => void written.push(typeof text === 'string' ? text : Uint8Array.from(text)),
    written,
    text: () => Buffer.concat(written.map((each) => Buffer.from(each as string))).toString(),
  };
}
