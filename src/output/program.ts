/** The command line as data, for completion and the manual page. */
export interface ProgramDescription extends CommandDescription {
  readonly version: string;
  readonly commands: readonly CommandDescription[];
}

export interface CommandDescription {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentDescription[];
  readonly options: readonly OptionDescription[];
  /** Command lines, without a prompt. */
  readonly examples: readonly string[];
}

export interface ArgumentDescription {
  /** As in a synopsis: `<repo>`, `[branch]`, `[repo...]`. */
  readonly synopsis: string;
  readonly description: string;
  /** Empty: anything. */
  readonly choices: readonly string[];
}

export interface OptionDescription {
  /** `-c`; null: none. */
  readonly short: string | null;
  /** `--config` */
  readonly long: string;
  /** Name of the value that it takes: `file`; null: takes none. */
  readonly value: string | null;
  readonly description: string;
  readonly choices: readonly string[];
}

/** Whether an option's value is a file. */
export function takesFile({ value }: OptionDescription): boolean {
  return value?.toLowerCase() === 'file';
}

/** Its names: `-c`, `--config`. */
export function namesOf({ short, long }: OptionDescription): readonly string[] {
  return short === null ? [long] : [short, long];
}
