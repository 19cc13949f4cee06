import { crashPoint } from '../crash-point.ts';
import { type Build, backOffMs, type FinalState, isFailed, isRetried, maxAttempts } from '../domain/build.ts';
import type { Db } from './database.ts';
import { type Progress, writeProgress } from './progress.ts';

/** How a build ended. `step` and `exitCode`: of the script that failed. */
export interface BuildEnd {
  readonly state: FinalState;
  readonly step: string | null;
  readonly exitCode: number | null;
  /** One sentence, null where the state says it all. */
  readonly message: string | null;
  /** It was skipped because amp.yaml has no scripts for its branch. */
  readonly isLeftOut?: boolean;
}

export interface Finished {
  readonly end: BuildEnd;
  /** ms since 1970 */
  readonly now: number;
  /** Somebody watches and is told in any case. */
  readonly watched?: boolean;
  readonly unrecorded?: Progress;
}

/** Ends a running build and queues what has to follow it, in one transaction. Returns whether it will be tried again. */
export function finish(
  db: Db,
  build: Build,
  { end, now, watched = false, unrecorded = {} }: Finished,
): boolean {
  return db
    .transaction(() => {
      writeProgress(db, build.id, unrecorded);
      const retried = isRetried(end.state) && queueRetry(db, build, now);
      const isTold = watched || !isFailed(end.state) || retried;
      const ended = db
        .prepare(
          `UPDATE builds SET state = ?, step = ?, exit_code = ?, message = ?, finished_at = ?, untold = ?,
             owner_pid = NULL, owner_start = NULL, owner_boot = NULL WHERE id = ? AND state = 'running'`,
        )
        .run(end.state, end.step, end.exitCode, end.message, now, isTold ? 0 : 1, build.id);
      if (ended.changes !== 1) throw new Error(`build ${build.id} is no longer running`);
      crashPoint('finish.ended');
      const leftToPoll = end.state === 'cancelled' && leaveToPoll(db, build, now);
      if (concernsHead(db, build)) rememberAtHead(db, build, { end, retried });
      else db.prepare('UPDATE builds SET picked = 1 WHERE id = ?').run(build.id);
      crashPoint('finish.remembered');
      return retried || leftToPoll;
    })
    .immediate();
}

/** A branch whose next build waits already needs none; after the last attempt the operator is told instead. */
function queueRetry(db: Db, build: Build, now: number): boolean {
  const queued = db
    .prepare("UPDATE builds SET by_hand = 0 WHERE repo_id = ? AND branch = ? AND state = 'queued'")
    .run(build.repoId, build.branch);
  if (queued.changes > 0) return true;
  if (build.attempt >= maxAttempts) return false;
  db.prepare(
    `INSERT INTO builds (repo_id, branch, sha, previous_sha, bootstrap_sha, reason, cause, state, attempt, queued_at, not_before, by_hand)
     SELECT ?, ?, ?, ?, ?, 'retry', ?, 'queued', ?, ?, ?, by_hand FROM builds WHERE id = ?`,
  ).run(
    build.repoId,
    build.branch,
    build.sha,
    build.previousSha,
    build.bootstrapSha,
    build.cause ?? build.reason,
    build.attempt + 1,
    now,
    now + backOffMs(build.attempt),
    build.id,
  );
  return true;
}

/** Whoever stops his build takes back his wish: the head that a poll needs as well waits for the next one. */
function leaveToPoll(db: Db, build: Build, now: number): boolean {
  const queued = db
    .prepare(
      `INSERT INTO builds (repo_id, branch, sha, previous_sha, bootstrap_sha, reason, state, queued_at)
       SELECT b.repo_id, b.branch, b.sha, b.previous_sha, b.bootstrap_sha,
         CASE WHEN h.built_sha = b.sha THEN 'bootstrap' ELSE 'push' END, 'queued', @now
       FROM builds b JOIN heads h ON h.repo_id = b.repo_id AND h.branch = b.branch AND h.sha = b.sha AND h.gone_at IS NULL
       WHERE b.id = @id AND b.by_hand = 0 AND NOT EXISTS (
         SELECT 1 FROM builds q WHERE q.repo_id = b.repo_id AND q.branch = b.branch AND q.state = 'queued')`,
    )
    .run({ id: build.id, now });
  return queued.changes > 0;
}

/** How a commit did that somebody picked says nothing about the head of its branch. */
function concernsHead(db: Db, { id }: Build): boolean {
  return (
    db
      .prepare(
        `SELECT 1 FROM builds b JOIN heads h ON h.repo_id = b.repo_id AND h.branch = b.branch
         WHERE b.id = ? AND (b.by_hand = 0 OR b.sha = h.sha)`,
      )
      .get(id) !== undefined
  );
}

/** The pointers that spare `status` and `history` a search, and what a branch that comes back is compared with. */
function rememberAtHead(db: Db, build: Build, { end, retried }: { end: BuildEnd; retried: boolean }): void {
  const where = 'WHERE repo_id = @repoId AND branch = @branch';
  const key = { repoId: build.repoId, branch: build.branch };
  // An error and an interruption say nothing about the commit, nor does somebody's Ctrl-C.
  if (!isRetried(end.state) && end.state !== 'cancelled') {
    db.prepare(`UPDATE heads SET built_sha = @sha, built_bootstrap_sha = @bootstrapSha ${where}`).run({
      ...key,
      sha: build.sha,
      bootstrapSha: build.bootstrapSha,
    });
  }
  if (end.state === 'success') {
    db.prepare(`UPDATE heads SET latest_success = @id, failing = 0 ${where}`).run({ ...key, id: build.id });
  } else if (end.isLeftOut) {
    forgetFailure(db, build);
  } else if (isFailed(end.state) && !retried) {
    db.prepare(`UPDATE heads SET failing = 1 ${where}`).run(key);
  }
}

/** What amp.yaml does not build any more would alert for ever. */
export function forgetFailure(db: Db, { repoId, branch }: Pick<Build, 'repoId' | 'branch'>): void {
  db.prepare('UPDATE heads SET failing = 0 WHERE repo_id = ? AND branch = ?').run(repoId, branch);
}
