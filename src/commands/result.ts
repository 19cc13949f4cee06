/** What a command has to say and how the process ends. `cli.ts` alone prints it and exits. */
export interface CommandResult {
  /** For stdout, complete with its final newline; empty: silence. */
  readonly output: string;
  readonly exitCode: number;
  /** Where it is longer than the screen of a terminal, it goes through a pager. */
  readonly pageable?: true;
}
