import { priority } from '../domain/build.ts';
import type { Decision } from '../domain/decision.ts';
import type { HeadUpdate, Plan, PlannedBuild, PlannedDecision, RepoPlan } from '../domain/plan.ts';
import type { Db } from './database.ts';
import { forgetFailure } from './finish.ts';
import { cancelQueued } from './queue.ts';
import { saveRemoteRepo } from './repos.ts';

export interface PlanToSave {
  readonly plan: Plan;
  readonly bootstrapSha: string | null;
  /** ms since 1970 */
  readonly now: number;
}

/** Stores heads, decisions and queued builds. To be called within the poll's transaction. */
export function savePlan(db: Db, { plan, bootstrapSha, now }: PlanToSave): void {
  // Whatever still waits is built beside the bootstrap of now, not of the moment it was queued.
  db.prepare("UPDATE builds SET bootstrap_sha = ? WHERE state = 'queued' AND bootstrap_sha IS NOT ?").run(
    bootstrapSha,
    bootstrapSha,
  );
  for (const repoPlan of plan.repos) saveRepo(db, repoPlan, { bootstrapSha, now });
}

interface Moment {
  readonly bootstrapSha: string | null;
  readonly now: number;
}

function saveRepo(db: Db, repoPlan: RepoPlan, moment: Moment): void {
  const repoId = saveRemoteRepo(db, repoPlan.repo);
  if (repoPlan.observed) {
    db.prepare('UPDATE repos SET initialised = 1, pushed_at = ? WHERE id = ?').run(
      repoPlan.repo.pushedAt,
      repoId,
    );
  }
  for (const head of repoPlan.heads) saveHead(db, repoId, { ...head, now: moment.now });
  for (const branch of repoPlan.leftOut) forgetFailure(db, { repoId, branch });
  for (const decision of repoPlan.decisions) saveDecision(db, repoId, { decision, moment });
}

function saveHead(db: Db, repoId: number, head: HeadUpdate & { now: number }): void {
  db.prepare(
    `INSERT INTO heads (repo_id, branch, sha, seen_at, missed, gone_at) VALUES (@repoId, @branch, @sha, @now, @missed, @goneAt)
     ON CONFLICT (repo_id, branch) DO UPDATE SET
       seen_at = CASE WHEN sha = @sha THEN seen_at ELSE @now END, sha = @sha, missed = @missed, gone_at = @goneAt`,
  ).run({
    repoId,
    branch: head.branch,
    sha: head.sha,
    now: head.now,
    missed: head.missed,
    goneAt: head.gone ? head.now : null,
  });
}

function saveDecision(
  db: Db,
  repoId: number,
  { decision, moment }: { decision: PlannedDecision; moment: Moment },
): void {
  if (decision.cancels !== null) {
    cancelQueued(db, decision.cancels, {
      message: 'its branch was deleted before it started',
      now: moment.now,
    });
  }
  const buildId = decision.build && queue(db, { ...decision.build, ...moment, repoId, byHand: false });
  recordDecision(db, { ...decision, repoId, now: moment.now, buildId: buildId ?? decision.cancels });
}

interface DecisionRecord extends Decision {
  readonly repoId: number;
  readonly now: number;
  readonly buildId: number | null;
}

function recordDecision(db: Db, decision: DecisionRecord): void {
  const { kind, ...detail } = decision.verdict;
  db.prepare(
    `INSERT INTO decisions (repo_id, branch, sha, previous_sha, decided_at, kind, detail, build_id)
     VALUES (@repoId, @branch, @sha, @previousSha, @now, @kind, @detail, @buildId)`,
  ).run({
    repoId: decision.repoId,
    branch: decision.branch,
    sha: decision.sha,
    previousSha: decision.previousSha,
    now: decision.now,
    kind,
    detail: JSON.stringify(detail),
    buildId: decision.buildId,
  });
}

export interface ManualBuild extends Moment {
  readonly repoId: number;
  readonly branch: string;
  readonly sha: string;
  /** The branch's head as just seen: the next poll finds nothing new in it. */
  readonly isHead: boolean;
  /** A poll that saw it would have it built: amp.yaml does not leave out the branch. */
  readonly isWanted: boolean;
}

/** Queues what somebody asked for. Returns the build's id. To be called within a transaction. */
export function saveManualBuild(db: Db, build: ManualBuild): number {
  const { repoId, branch, sha, bootstrapSha, now } = build;
  const before = db
    .prepare(
      'SELECT sha, gone_at IS NOT NULL AS gone, built_sha AS builtSha FROM heads WHERE repo_id = ? AND branch = ?',
    )
    .get(repoId, branch) as { sha: string; gone: number; builtSha: string | null } | undefined;
  if (build.isHead || !before) saveHead(db, repoId, { branch, sha, missed: 0, gone: false, now });
  const previousSha = before?.builtSha ?? null;
  // What a poll has not seen it will find unchanged: this is its build, too.
  const byHand = !build.isHead || !build.isWanted || (before?.sha === sha && !before.gone);
  const id = queue(db, {
    repoId,
    branch,
    sha,
    previousSha,
    bootstrapSha,
    now,
    reason: 'manual',
    byHand,
  });
  const verdict = { kind: 'build', reason: 'manual' } as const;
  recordDecision(db, { repoId, branch, sha, previousSha: before?.sha ?? null, now, buildId: id, verdict });
  return id;
}

export interface BuildToQueue extends PlannedBuild, Moment {
  readonly repoId: number;
  /** Nothing but somebody's wish makes it necessary. */
  readonly byHand: boolean;
}

/** Queues a build, or lets the branch's queued one take the newer SHA. Returns the build's id. */
function queue(db: Db, build: BuildToQueue): number {
  return coalesce(db, build) ?? insert(db, build);
}

/** The more urgent reason stays; a fresh commit starts counting its attempts anew and waits for nothing. */
function coalesce(db: Db, build: BuildToQueue): number | null {
  const queued = db
    .prepare("SELECT id, reason, sha FROM builds WHERE repo_id = ? AND branch = ? AND state = 'queued'")
    .get(build.repoId, build.branch) as
    | { id: number; reason: PlannedBuild['reason']; sha: string }
    | undefined;
  if (!queued) return null;
  const isRetry = queued.reason === 'retry';
  const reason = isRetry || priority(build.reason) < priority(queued.reason) ? build.reason : queued.reason;
  db.prepare(
    `UPDATE builds SET sha = ?, previous_sha = ?, bootstrap_sha = ?, reason = ?, cause = NULL, attempt = 1, not_before = 0,
       by_hand = by_hand AND ? WHERE id = ?`,
  ).run(build.sha, build.previousSha, build.bootstrapSha, reason, build.byHand ? 1 : 0, queued.id);
  return queued.id;
}

function insert(db: Db, build: BuildToQueue): number {
  const result = db
    .prepare(
      `INSERT INTO builds (repo_id, branch, sha, previous_sha, bootstrap_sha, reason, state, queued_at, by_hand)
       VALUES (@repoId, @branch, @sha, @previousSha, @bootstrapSha, @reason, 'queued', @now, @byHand)`,
    )
    .run({
      repoId: build.repoId,
      branch: build.branch,
      sha: build.sha,
      previousSha: build.previousSha,
      bootstrapSha: build.bootstrapSha,
      reason: build.reason,
      now: build.now,
      byHand: build.byHand ? 1 : 0,
    });
  return Number(result.lastInsertRowid);
}
