import type { Build } from './build.ts';
import type { Verdict } from './decision.ts';

/** A decision as it was stored. `at`: ms since 1970. */
export interface StoredDecision {
  readonly at: number;
  /** null: the branch was gone. */
  readonly sha: string | null;
  readonly previousSha: string | null;
  readonly verdict: Verdict;
  /** Queued, coalesced into or cancelled by it; null: none, or no longer stored. */
  readonly buildId: number | null;
}

/** Something that happened to a branch, in the order of time. */
export type Event =
  /** `behind`: the branch's build that ran then. */
  | {
      readonly kind: 'decided';
      readonly at: number;
      readonly decision: StoredDecision;
      readonly behind: number | null;
    }
  /** A build that no decision tells of: asked for by hand, or a retry. */
  | { readonly kind: 'queued'; readonly at: number; readonly build: Build }
  | { readonly kind: 'started'; readonly at: number; readonly build: Build }
  | { readonly kind: 'ended'; readonly at: number; readonly build: Build };

/** The newest `count` events of a branch, oldest first. Of builds that have ended the start is not told. */
export function story(
  { decisions, builds }: { readonly decisions: readonly StoredDecision[]; readonly builds: readonly Build[] },
  count: number,
): Event[] {
  const told = new Set(
    decisions.filter(({ verdict }) => verdict.kind === 'build').map(({ buildId }) => buildId),
  );
  const events = [
    ...decisions.map(
      (decision): Event => ({ kind: 'decided', at: decision.at, decision, behind: behind(decision, builds) }),
    ),
    ...builds.flatMap((build) => eventsOf(build, told.has(build.id))),
  ];
  return events.toSorted((a, b) => a.at - b.at || order[a.kind] - order[b.kind]).slice(-count);
}

/** Within one transaction: a decision ends a build, the end of a build queues its retry. */
const order = { decided: 0, ended: 1, queued: 2, started: 3 } as const satisfies Record<
  Event['kind'],
  number
>;

function eventsOf(build: Build, isTold: boolean): Event[] {
  const queued: Event[] = isTold ? [] : [{ kind: 'queued', at: build.queuedAt, build }];
  if (build.finishedAt !== null) return [...queued, { kind: 'ended', at: build.finishedAt, build }];
  if (build.startedAt !== null) return [...queued, { kind: 'started', at: build.startedAt, build }];
  return queued;
}

function behind({ at, buildId }: StoredDecision, builds: readonly Build[]): number | null {
  const running = builds.find(
    ({ id, startedAt, finishedAt }) =>
      id !== buildId && startedAt !== null && startedAt <= at && (finishedAt === null || finishedAt > at),
  );
  return running?.id ?? null;
}

/** What a queued build waits for. */
export type Waiting =
  | { readonly kind: 'back_off'; readonly until: number }
  | { readonly kind: 'own_branch'; readonly buildId: number }
  /** All slots are taken, the last of them since then. */
  | {
      readonly kind: 'workers';
      readonly workers: number;
      readonly since: number;
      readonly buildIds: readonly number[];
    }
  | { readonly kind: 'next_poll' };

export interface Running {
  readonly id: number;
  readonly repoId: number;
  readonly branch: string;
  readonly startedAt: number;
}

export interface Queue {
  readonly running: readonly Running[];
  readonly workers: number;
  readonly now: number;
}

export function waitingFor(build: Build, { running, workers, now }: Queue): Waiting {
  if (build.notBefore > now) return { kind: 'back_off', until: build.notBefore };
  const own = running.find(({ repoId, branch }) => repoId === build.repoId && branch === build.branch);
  if (own) return { kind: 'own_branch', buildId: own.id };
  if (running.length < workers) return { kind: 'next_poll' };
  return {
    kind: 'workers',
    workers,
    since: running.reduce((latest, { startedAt }) => Math.max(latest, startedAt), 0),
    buildIds: running.map(({ id }) => id),
  };
}
