/** One run of the scripts for (repo, branch, SHA, bootstrap SHA). Times are milliseconds since 1970, UTC. */
export interface Build {
  readonly id: number;
  readonly repoId: number;
  readonly owner: string;
  readonly repo: string;
  /** owner/name that amp.yaml still has for the repo after a rename, else null. */
  readonly watchedAs: string | null;
  /** Name without `refs/heads/`. */
  readonly branch: string;
  readonly sha: string;
  /** What the branch's last finished build was made from; null for the first. */
  readonly previousSha: string | null;
  readonly bootstrapSha: string | null;
  readonly reason: Reason;
  /** Of a retry: the reason of its first attempt. */
  readonly cause: Exclude<Reason, 'retry'> | null;
  readonly state: State;
  /** 1 to 3: `error` and `interrupted` are retried. */
  readonly attempt: number;
  readonly queuedAt: number;
  /** A retry waits until then. */
  readonly notBefore: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** The script that failed (as configured) and its exit code, else null. */
  readonly step: string | null;
  readonly exitCode: number | null;
  /** One sentence about how it ended; null where the state, or a script's exit code, says it all. */
  readonly message: string | null;
  readonly author: string | null;
  readonly authorEmail: string | null;
  readonly subject: string | null;
  /** Absolute path of its workspace while it has one. */
  readonly workspace: string | null;
}

export const reasons = ['manual', 'push', 'bootstrap', 'retry'] as const;
export type Reason = (typeof reasons)[number];

export const states = [
  'queued',
  'running',
  'success',
  'failure',
  'timeout',
  'error',
  'interrupted',
  'cancelled',
  'skipped',
] as const;
export type State = (typeof states)[number];

export type FinalState = Exclude<State, 'queued' | 'running'>;

/** The operator's trouble, not the committer's: queued again by itself, three attempts at most. */
export function isRetried(state: State): boolean {
  return state === 'error' || state === 'interrupted';
}

/** Counts as failing in `status` and `history --failed`. */
export function isFailed(state: State): boolean {
  return state === 'failure' || state === 'timeout' || state === 'error' || state === 'interrupted';
}

export const maxAttempts = 3;

/** How long a retry waits: one minute after the first attempt, five after the second. */
export function backOffMs(attempt: number): number {
  return attempt <= 1 ? 60_000 : 300_000;
}

/** Smaller is sooner: what somebody waits for, then what somebody pushed, then what the bootstrap made stale. */
export function priority(reason: Reason): number {
  return { manual: 0, push: 1, retry: 1, bootstrap: 2 }[reason];
}

export function isActive(state: State): boolean {
  return state === 'queued' || state === 'running';
}
