/** Runs the steps of builds and leaves no process behind. Implementations: `local`; Slurm is to come. */
export interface Executor {
  /** Loads what `run` needs, so that the first step need not wait for it. */
  prepare(): Promise<void>;
  /** Runs one script to its end, whatever way that is; when it resolves no process of the step's group is left. */
  run(step: Step): Promise<StepEnd>;
  /**
   * Ends every process that carries `mark`, or still uses `workspace` or `log`: TERM, grace, KILL.
   * Also for builds whose ampci died. Resolves to how many were found.
   */
  reap(remains: Remains): Promise<number>;
}

export interface Step {
  /** Absolute path of an executable file. */
  readonly script: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Open for appending; handed to the kernel for stdout and stderr. */
  readonly logFd: number;
  /** Value of AMPCI_BUILD_MARK in `env`: by it the step's processes are recognised. */
  readonly mark: string;
  /** Time that is left of the build's `timeout`, in ms. */
  readonly timeoutMs: number;
  readonly graceMs: number;
  /** The log file may not grow past this size. */
  readonly maxLogSizeBytes: number;
  readonly signal: AbortSignal;
}

export type StepEnd =
  | { readonly kind: 'exit'; readonly exitCode: number }
  /** Ended by a signal that ampci did not send. */
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'log_limit' }
  /** `Step.signal` aborted. */
  | { readonly kind: 'stopped' }
  /** It could not be started: the operator's trouble. */
  | { readonly kind: 'unstartable'; readonly message: string };

export interface Remains {
  readonly mark: string;
  readonly workspace: string | null;
  readonly log: string | null;
  /** No process that started before (clock ticks since boot) is looked at; 0: all are. */
  readonly since: number;
  readonly graceMs: number;
}
