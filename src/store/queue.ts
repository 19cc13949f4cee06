import { crashPoint } from '../crash-point.ts';
import { type Build, priority, reasons } from '../domain/build.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import { readBuild } from './build-rows.ts';
import type { Db } from './database.ts';

/** A build that has waited this long goes before all that are more urgent, or a busy repo would starve the others. */
const starvedAfterMs = 30 * 60_000;

const priorityOfReason = `CASE b.reason ${reasons.map((reason) => `WHEN '${reason}' THEN ${priority(reason)}`).join(' ')} END`;

/** Manual before push before bootstrap, else first come first served; never beside a running build of its branch. */
const claimable = `
  FROM builds b WHERE b.state = 'queued' AND b.not_before <= @now AND NOT EXISTS (
    SELECT 1 FROM builds r WHERE r.state = 'running' AND r.repo_id = b.repo_id AND r.branch = b.branch)`;

/** Whether a free worker would find something to do now. */
export function hasClaimable(db: Db, now: number): boolean {
  return db.prepare(`SELECT 1 ${claimable} LIMIT 1`).get({ now }) !== undefined;
}

export interface Claim {
  readonly owner: ProcessIdentity;
  readonly now: number;
  /** This build only, whatever waits before it. */
  readonly only?: number;
  /** Path of the workspace that the build will make: recorded first, so that a crash leaves nothing unknown. */
  workspace(buildId: number): string;
}

/** Takes the next build to run and marks it running; null: there is none. */
export function claim(db: Db, wanted: Claim): Build | null {
  return db
    .transaction(() => {
      const next = db
        .prepare(
          `SELECT b.id, b.repo_id AS repoId, b.branch ${claimable} AND (@only IS NULL OR b.id = @only)
           ORDER BY CASE WHEN b.queued_at <= @now - @starvedAfterMs THEN -1 ELSE ${priorityOfReason} END,
             b.queued_at, b.id LIMIT 1`,
        )
        .get({ now: wanted.now, only: wanted.only ?? null, starvedAfterMs }) as
        | { id: number; repoId: number; branch: string }
        | undefined;
      if (!next) return null;
      db.prepare(
        `UPDATE builds SET state = 'running', started_at = ?, workspace = ?, owner_pid = ?, owner_start = ?, owner_boot = ?
         WHERE id = ?`,
      ).run(
        wanted.now,
        wanted.workspace(next.id),
        wanted.owner.pid,
        wanted.owner.start,
        wanted.owner.boot,
        next.id,
      );
      crashPoint('queue.claiming');
      db.prepare('UPDATE heads SET latest_build = ? WHERE repo_id = ? AND branch = ?').run(
        next.id,
        next.repoId,
        next.branch,
      );
      return readBuild(db, next.id);
    })
    .immediate();
}

/** Takes back what waits for nobody else. What a poll or a retry needs as well stays in the queue. */
export function cancelByHand(db: Db, id: number, now: number): void {
  db.prepare(
    `UPDATE builds SET state = 'cancelled', finished_at = ?, message = 'stopped by hand'
     WHERE id = ? AND state = 'queued' AND by_hand = 1`,
  ).run(now, id);
}

export function cancelQueued(db: Db, id: number, { message, now }: { message: string; now: number }): void {
  db.prepare(
    "UPDATE builds SET state = 'cancelled', finished_at = ?, message = ? WHERE id = ? AND state = 'queued'",
  ).run(now, message, id);
}
