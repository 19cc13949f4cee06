import type { State } from './build.ts';

/** What `status` knows: plain facts, before any judgement. Times are milliseconds since 1970, UTC. */
export interface Facts {
  readonly now: number;
  readonly polls: PollFacts;
  /** Branches whose latest ended build failed; the default branches first, else the newest failure first. */
  readonly failing: readonly FailingBranch[];
  readonly queue: { readonly count: number; readonly oldest: ActiveBuild | null };
  readonly running: { readonly count: number; readonly longest: ActiveBuild | null };
  readonly quotas: readonly Quota[];
  readonly broken: readonly BrokenRepo[];
  readonly tokenExpiresAt: number | null;
  /** On the fullest of the disks that builds need; null: cannot be told. */
  readonly freeDiskBytes: number | null;
  /** Builds made so far, those that were pruned included. */
  readonly builds: number;
}

export interface PollFacts {
  /** Polls made so far, those that were pruned included. */
  readonly count: number;
  readonly firstAt: number;
  /** null: none has been good yet. */
  readonly lastGoodAt: number | null;
  readonly last: PollFact;
  /** Polls in a row, the last one included, that failed; 0 when the last one did not. */
  readonly failed: number;
}

export interface PollFact {
  readonly finishedAt: number;
  readonly outcome: 'unchanged' | 'observed' | 'limited' | 'failed';
  readonly message: string | null;
}

export interface FailingBranch {
  /** As the configuration would name it. */
  readonly repo: string;
  readonly branch: string;
  readonly isDefault: boolean;
  /** First failure since the last success. */
  readonly since: number;
  /** The latest one that failed. */
  readonly build: FailedBuild;
}

export interface FailedBuild {
  readonly id: number;
  readonly state: State;
  readonly attempt: number;
  readonly finishedAt: number;
  readonly step: string | null;
  readonly exitCode: number | null;
  readonly message: string | null;
  readonly author: string | null;
  readonly subject: string | null;
}

/** A build that waits or runs, and since when. */
export interface ActiveBuild {
  readonly id: number;
  readonly repo: string;
  readonly branch: string;
  readonly since: number;
}

export interface Quota {
  readonly resource: 'core' | 'graphql';
  readonly quota: number;
  readonly remaining: number;
  readonly resetAt: number;
}

export interface BrokenRepo {
  readonly repo: string;
  readonly since: number;
  readonly message: string;
}
