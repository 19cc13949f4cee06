import type { Reason } from './build.ts';
import type { Config } from './config.ts';
import { configuredName, formerName, isBootstrap } from './configured-name.ts';
import type { Decision, Verdict } from './decision.ts';
import type { Head, ObservedRepo, RemoteRepo } from './head.ts';
import { type RepoName, scriptsFor, settingsFor, watchesBranch } from './match.ts';

/** What a poll saw beside what earlier ones stored. */
export interface Situation {
  /** True: every watched repository was asked, so a branch that is not listed was missed by a full poll. */
  readonly full: boolean;
  readonly observed: readonly ObservedRepo[];
  /** The observed repositories as stored; all watched ones when the bootstrap moved. */
  readonly stored: readonly StoredRepo[];
  readonly bootstrap: BootstrapSituation;
}

/** The bootstrap's head now and as of the last plan; null: not known. `now` null and configured: nothing can be planned. */
export interface BootstrapSituation {
  readonly now: string | null;
  readonly before: string | null;
  /** The last build that was queued before it moved to `now`; 0: none, or it never moved. */
  readonly since: number;
}

export interface StoredRepo {
  readonly repo: RemoteRepo;
  /** owner/name that amp.yaml still has for it after a rename, else null. */
  readonly watchedAs: string | null;
  /** False until its branches were looked at once, or it was known to have none: `first_poll` rules. */
  readonly initialised: boolean;
  readonly heads: readonly StoredHead[];
}

export interface StoredHead extends Head {
  /** Full polls in a row that did not list it. */
  readonly missed: number;
  readonly gone: boolean;
  /** What its last finished build was made from. */
  readonly builtSha: string | null;
  readonly builtBootstrapSha: string | null;
  /** What its latest build was made from, however that ended; null: there was none. */
  readonly latestSha: string | null;
  /** That build and the bootstrap beside it; null also where it was cancelled, which tried nothing. */
  readonly latestBuild: number | null;
  readonly latestBootstrapSha: string | null;
  /** The latest build that says something about it failed. */
  readonly failing: boolean;
  /** Its queued build, if there is one. */
  readonly queuedBuild: number | null;
}

export interface Plan {
  readonly repos: readonly RepoPlan[];
}

/** What to store for a repository, all of it in one transaction with the others'. */
export interface RepoPlan {
  readonly repo: RemoteRepo;
  /** Its heads were read: `initialised` and `pushed_at` are as of now. */
  readonly observed: boolean;
  readonly heads: readonly HeadUpdate[];
  readonly decisions: readonly PlannedDecision[];
  /** Failing branches that amp.yaml leaves out by now: nothing will ever mend them. */
  readonly leftOut: readonly string[];
}

export interface HeadUpdate extends Head {
  readonly missed: number;
  readonly gone: boolean;
}

/** A decision with the build it leads to: a new one, or the queued one that takes the newer SHA. */
export interface PlannedDecision extends Decision {
  readonly build: PlannedBuild | null;
  /** The queued build that ends with this decision: its branch is gone. */
  readonly cancels: number | null;
}

export interface PlannedBuild {
  readonly branch: string;
  readonly sha: string;
  readonly previousSha: string | null;
  readonly reason: Reason;
}

/** Full polls that have to miss a branch before it is taken as deleted: listings lie. */
const missesToForget = 2;

/** What follows from what was seen. Pure: no clock, no I/O; the same situation gives the same plan. */
export function plan(config: Config, situation: Situation): Plan {
  if (config.bootstrap !== null && situation.bootstrap.now === null) return { repos: [] };
  const stored = new Map(situation.stored.map((repo) => [repo.repo.forgeId, repo]));
  const pushed = situation.observed.map((observed) =>
    planRepo({ config, ...situation, observed, stored: stored.get(observed.repo.forgeId) ?? null }),
  );
  return { repos: bootstrapMoved(situation) ? withWave(config, situation, pushed) : pushed };
}

export function bootstrapMoved({
  bootstrap: { now, before },
}: {
  readonly bootstrap: Pick<BootstrapSituation, 'now' | 'before'>;
}): boolean {
  return before !== null && now !== null && before !== now;
}

interface RepoSituation extends Pick<Situation, 'full' | 'bootstrap'> {
  readonly config: Config;
  readonly observed: ObservedRepo;
  readonly stored: StoredRepo | null;
}

function planRepo(situation: RepoSituation): RepoPlan {
  const { observed, stored } = situation;
  const before = new Map((stored?.heads ?? []).map((head) => [head.branch, head]));
  const listed = new Set(observed.heads.map((head) => head.branch));
  const missing = [...before.values()].filter((head) => !head.gone && !listed.has(head.branch));
  const misses = situation.full ? missing.map(planMissing) : [];
  return {
    repo: observed.repo,
    observed: true,
    heads: [
      ...observed.heads
        .filter((head) => differs(head, before.get(head.branch)))
        .map((head) => ({ ...head, missed: 0, gone: false })),
      ...misses.map(({ update }) => update),
    ],
    decisions: [
      ...observed.heads.flatMap((head) => decide(situation, head, before.get(head.branch) ?? null)),
      ...misses.flatMap(({ decision }) => (decision ? [decision] : [])),
    ],
    leftOut: observed.heads
      .map(({ branch }) => branch)
      .filter((branch) => before.get(branch)?.failing && reasonToLeaveOut(situation, branch)),
  };
}

function differs(head: Head, before: StoredHead | undefined): boolean {
  return before === undefined || before.gone || before.sha !== head.sha || before.missed > 0;
}

function planMissing(head: StoredHead): { update: HeadUpdate; decision: PlannedDecision | null } {
  const missed = head.missed + 1;
  const gone = missed >= missesToForget;
  return {
    update: { branch: head.branch, sha: head.sha, missed, gone },
    decision: gone
      ? {
          branch: head.branch,
          sha: null,
          previousSha: head.sha,
          verdict: { kind: 'forgotten' },
          build: null,
          cancels: head.queuedBuild,
        }
      : null,
  };
}

/** No decision for a head that is as it was, unless it missed a wave. */
function decide(situation: RepoSituation, head: Head, before: StoredHead | null): PlannedDecision[] {
  const { config, observed, stored } = situation;
  const isAsItWas = before !== null && !before.gone && before.sha === head.sha;
  if (isAsItWas && !missedWave(situation, before)) return [];
  if (isBootstrap(config, observed.repo, stored && formerName(config, stored))) return [];
  const verdict = reasonNotToBuild(situation, head, before);
  if (verdict) return isAsItWas ? [] : [{ ...decisionOn(head, before), verdict, build: null }];
  return [decisionToBuild(head, before, isAsItWas || isBackAsBuilt(head, before) ? 'bootstrap' : 'push')];
}

/**
 * The bootstrap moved while the head was out of sight: its repository was not watched, or archived. What was built
 * since then is made from that bootstrap or, by hand, from one that no poll has seen yet.
 */
function missedWave(situation: RepoSituation, before: StoredHead): boolean {
  if (before.queuedBuild !== null || (before.latestBuild ?? 0) > situation.bootstrap.since) return false;
  const tried = before.latestSha === before.sha ? before.latestBootstrapSha : null;
  const built = before.builtSha === before.sha ? before.builtBootstrapSha : null;
  return isStale(situation, before.branch, tried ?? built);
}

/** Whether a branch that was built beside this bootstrap has to be built beside the one of now. */
function isStale(
  { config, observed, bootstrap }: RepoSituation,
  branch: string,
  bootstrapSha: string | null,
): boolean {
  const isOther = bootstrapSha !== null && bootstrap.now !== null && bootstrapSha !== bootstrap.now;
  return isOther && isRebuilt(config, observed.repo, branch);
}

/** It vanished and came back at the commit that was last built. */
function isBackAsBuilt(head: Head, before: StoredHead | null): before is StoredHead {
  return before?.gone === true && before.builtSha === head.sha && before.latestSha === head.sha;
}

function decisionOn({ branch, sha }: Head, before: StoredHead | null) {
  return { branch, sha, previousSha: before?.sha ?? null, cancels: null };
}

/** The queued build of the branch takes the commit, if there is one. */
function decisionToBuild(
  head: Head,
  before: StoredHead | null,
  reason: 'push' | 'bootstrap',
): PlannedDecision {
  const isQueued = (before?.queuedBuild ?? null) !== null;
  return {
    ...decisionOn(head, before),
    verdict: isQueued ? { kind: 'coalesced' } : { kind: 'build', reason },
    build: { branch: head.branch, sha: head.sha, previousSha: before?.builtSha ?? null, reason },
  };
}

function reasonNotToBuild(situation: RepoSituation, head: Head, before: StoredHead | null): Verdict | null {
  const { config, observed, stored } = situation;
  if (isBackAsBuilt(head, before) && !isStale(situation, head.branch, before.builtBootstrapSha))
    return { kind: 'already_built' };
  const unwanted = reasonToLeaveOut(situation, head.branch);
  if (unwanted) return unwanted;
  const { firstPoll } = config;
  const isDefault = head.branch === observed.repo.defaultBranch;
  if (stored?.initialised || firstPoll === 'all' || (firstPoll === 'default_branch' && isDefault))
    return null;
  return { kind: 'taken_as_seen', setting: firstPoll };
}

function reasonToLeaveOut({ config, observed, stored }: RepoSituation, branch: string): Verdict | null {
  const named = configuredName(config, observed.repo, stored && formerName(config, stored));
  return named && reasonNotWanted(config, named, branch);
}

/** Why amp.yaml leaves out a branch of the repository that it has under this name; null: it does not. */
export function reasonNotWanted(config: Config, named: RepoName, branch: string): Verdict | null {
  const watch = watchesBranch(settingsFor(config, named).branches, branch);
  if (!watch.watched) return { kind: 'ignored', pattern: watch.pattern, line: watch.line };
  return scriptsFor(config, { owner: named.owner, name: named.name, branch }) ? null : { kind: 'no_scripts' };
}

/** Adds the builds that a moved bootstrap makes necessary: of every branch that it concerns and that is not built anyway. */
function withWave(config: Config, situation: Situation, pushed: readonly RepoPlan[]): RepoPlan[] {
  const plans = new Map(pushed.map((repoPlan) => [repoPlan.repo.forgeId, repoPlan]));
  for (const stored of situation.stored) {
    const isOurs = isBootstrap(config, stored.repo, formerName(config, stored));
    if (!stored.initialised || stored.repo.archived || isOurs) continue;
    const repoPlan = plans.get(stored.repo.forgeId) ?? {
      repo: stored.repo,
      observed: false,
      heads: [],
      decisions: [],
      leftOut: [],
    };
    const rebuilt = rebuilds(config, stored, { repoPlan, bootstrapSha: situation.bootstrap.now });
    if (rebuilt.length > 0) {
      plans.set(stored.repo.forgeId, { ...repoPlan, decisions: [...repoPlan.decisions, ...rebuilt] });
    }
  }
  return [...plans.values()];
}

interface Wave {
  readonly repoPlan: RepoPlan;
  readonly bootstrapSha: string | null;
}

function rebuilds(config: Config, stored: StoredRepo, { repoPlan, bootstrapSha }: Wave): PlannedDecision[] {
  const named = configuredName(config, repoPlan.repo, formerName(config, stored));
  if (!named) return [];
  const updated = new Map(repoPlan.heads.map((head) => [head.branch, head]));
  const decided = new Set(repoPlan.decisions.filter(({ build }) => build).map(({ branch }) => branch));
  const known = new Map(stored.heads.map((head) => [head.branch, head]));
  return [...new Set([...known.keys(), ...updated.keys()])].flatMap((branch) => {
    const head = updated.get(branch) ?? known.get(branch);
    if (!head || head.gone || decided.has(branch) || !isRebuilt(config, repoPlan.repo, branch)) return [];
    if (reasonNotWanted(config, named, branch)) return [];
    const before = known.get(branch) ?? null;
    // Built by hand beside the new bootstrap already.
    if (before?.builtSha === head.sha && before.builtBootstrapSha === bootstrapSha) return [];
    return [decisionToBuild(head, before, 'bootstrap')];
  });
}

function isRebuilt(config: Config, repo: RemoteRepo, branch: string): boolean {
  return config.bootstrapRebuilds === 'default_branch'
    ? branch === repo.defaultBranch
    : watchesBranch({ patterns: config.bootstrapRebuilds, line: 0 }, branch).watched;
}
