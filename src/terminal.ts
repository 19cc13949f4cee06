/** Where a command's live output goes. `cli.ts` makes the real one. */
export interface Terminal {
  readonly isTerminal: boolean;
  /** Columns now; 0 where the output is no terminal and nothing needs to fit. */
  columns(): number;
  rows(): number;
  /** False with NO_COLOR, `TERM=dumb` or without a terminal. */
  readonly color: boolean;
  write(text: string | Uint8Array): void;
}
