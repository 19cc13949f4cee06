import type { Db } from './database.ts';
import { failedBuild } from './failed-builds.ts';

/** Rows that go in one transaction: few enough that a poll that waits for the lock does not notice. */
const batchSize = 200;

export interface Retention {
  /** Builds kept of each branch. */
  readonly builds: number;
  /** Builds, decisions and polls that are older go (ms since 1970). */
  readonly before: number;
}

/**
 * What waits and what runs stays, whatever its age, and of a branch that is still looked at what its pointers name
 * and what `status` has to say of its failure.
 */
const isFree = `b.finished_at IS NOT NULL AND b.untold = 0 AND NOT EXISTS (
  SELECT 1 FROM heads h JOIN repos r ON r.id = h.repo_id
  WHERE h.repo_id = b.repo_id AND h.branch = b.branch AND h.gone_at IS NULL AND r.watched = 1
    AND (h.latest_build = b.id OR h.latest_success = b.id
      OR (h.failing = 1 AND b.id = ${failedBuild('latest')})))`;

/** The next ids of builds that retention lets go, at most a batch. */
export function expiredBuilds(db: Db, { builds, before }: Retention): number[] {
  const tooOld = db.prepare(
    `SELECT b.id FROM builds b WHERE b.queued_at < @before AND ${isFree} ORDER BY b.queued_at LIMIT @batchSize`,
  );
  const aged = tooOld.pluck().all({ before, batchSize }) as number[];
  return aged.length > 0 ? aged : tooMany(db, builds);
}

function tooMany(db: Db, kept: number): number[] {
  const crowded = db
    .prepare('SELECT repo_id AS repoId, branch FROM builds GROUP BY repo_id, branch HAVING count(*) > @kept')
    .all({ kept }) as { repoId: number; branch: string }[];
  const surplus = db
    .prepare(
      `SELECT id FROM (SELECT b.* FROM builds b WHERE repo_id = @repoId AND branch = @branch
         ORDER BY id DESC LIMIT -1 OFFSET @kept) b WHERE ${isFree} LIMIT @batchSize`,
    )
    .pluck();
  return crowded
    .flatMap((branch) => surplus.all({ ...branch, kept, batchSize }) as number[])
    .slice(0, batchSize);
}

/** Deletes these builds with their steps. Their logs have to be gone already: a row can still lead to a log. */
export function deleteBuilds(db: Db, ids: readonly number[]): void {
  const remove = db.prepare('DELETE FROM builds WHERE id = ?');
  db.transaction(() => {
    for (const id of ids) remove.run(id);
  }).immediate();
}

/** An unchanged poll says nothing that the next one does not: a week of them is plenty. */
const unchangedPollsKeptMs = 7 * 24 * 3_600_000;

/** Deletes a batch of old polls and decisions, the latest decision of each branch apart. Returns how many. */
export function deleteOldRecords(db: Db, before: number, now: number): number {
  const polls = db.prepare(
    `DELETE FROM polls WHERE id IN (SELECT id FROM polls WHERE id < (SELECT max(id) FROM polls) AND
       (finished_at < @before OR (outcome = 'unchanged' AND finished_at < @unchangedBefore)) LIMIT @batchSize)`,
  );
  const decisions = db.prepare(
    `DELETE FROM decisions WHERE id IN (SELECT d.id FROM decisions d WHERE d.decided_at < @before AND EXISTS (
       SELECT 1 FROM decisions later WHERE later.repo_id = d.repo_id AND later.branch = d.branch AND later.id > d.id)
       LIMIT @batchSize)`,
  );
  return db
    .transaction(
      () =>
        polls.run({ before, unchangedBefore: now - unchangedPollsKeptMs, batchSize }).changes +
        decisions.run({ before, batchSize }).changes,
    )
    .immediate();
}

/** Forgets branches that are long gone, once no build is left of them, and what was decided about them. */
export function deleteForgotten(db: Db, before: number): void {
  db.transaction(() => {
    db.prepare(
      `DELETE FROM heads WHERE gone_at < ? AND NOT EXISTS (
         SELECT 1 FROM builds b WHERE b.repo_id = heads.repo_id AND b.branch = heads.branch)`,
    ).run(before);
    db.prepare(
      `DELETE FROM decisions WHERE decided_at < ? AND NOT EXISTS (
         SELECT 1 FROM heads h WHERE h.repo_id = decisions.repo_id AND h.branch = decisions.branch)`,
    ).run(before);
  }).immediate();
}

const isForgotten = `watched = 0 AND NOT EXISTS (SELECT 1 FROM builds b WHERE b.repo_id = repos.id)`;

export interface ForgottenRepo {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  /** 1: another repository is called so now, and its log is the same file. */
  readonly hasNamesake: 0 | 1;
}

/** A repository that is no longer watched and that no build is left of; null: there is none. */
export function forgottenRepo(db: Db): ForgottenRepo | null {
  const row = db
    .prepare(
      `SELECT id, owner, name, EXISTS (SELECT 1 FROM repos other WHERE other.owner = repos.owner
         AND other.name = repos.name AND other.id <> repos.id) AS hasNamesake FROM repos WHERE ${isForgotten} LIMIT 1`,
    )
    .get();
  return (row as ForgottenRepo | undefined) ?? null;
}

/** Deletes a repository with its branches, unless a poll has taken it up again meanwhile. */
export function deleteRepo(db: Db, id: number): void {
  db.prepare(`DELETE FROM repos WHERE id = ? AND ${isForgotten}`).run(id);
}

/** Gives a stretch of free pages back to the file system. Returns whether there are more that can be given. */
export function vacuumSome(db: Db): boolean {
  const free = () => db.pragma('freelist_count', { simple: true }) as number;
  const before = free();
  db.pragma('incremental_vacuum(500)');
  const left = free();
  // A database that was restored from a dump keeps its pages for itself.
  return left > 0 && left < before;
}

/** Names of the repositories that have a use for a mirror. */
export function watchedNames(db: Db): { owner: string; name: string }[] {
  return db.prepare('SELECT owner, name FROM repos WHERE watched = 1').all() as {
    owner: string;
    name: string;
  }[];
}
