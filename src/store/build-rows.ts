import type { Build } from '../domain/build.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import type { Db } from './database.ts';

/** Columns of a `Build`; `b` is builds, `r` its repo. */
export const buildColumns = `b.id, b.repo_id AS repoId, r.owner, r.name AS repo, r.watched_as AS watchedAs, b.branch, b.sha, b.previous_sha AS previousSha,
  b.bootstrap_sha AS bootstrapSha, b.reason, b.cause, b.state, b.attempt, b.queued_at AS queuedAt, b.not_before AS notBefore,
  b.started_at AS startedAt, b.finished_at AS finishedAt, b.step, b.exit_code AS exitCode, b.message, b.author,
  b.author_email AS authorEmail, b.subject, b.workspace`;

const selectBuild = `SELECT ${buildColumns} FROM builds b JOIN repos r ON r.id = b.repo_id`;

export function readBuild(db: Db, id: number): Build | null {
  return (db.prepare(`${selectBuild} WHERE b.id = ?`).get(id) as Build | undefined) ?? null;
}

/** The id of the last build that was queued; 0: none ever was. */
export function lastBuildId(db: Db): number {
  const row = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'builds'").get();
  return (row as { seq: number } | undefined)?.seq ?? 0;
}

/** The build of a branch that waits or runs, the running one first; null: none. */
export function activeBuild(db: Db, repoId: number, branch: string): Build | null {
  const row = db
    .prepare(
      `${selectBuild} WHERE b.repo_id = ? AND b.branch = ? AND b.state IN ('queued', 'running') ORDER BY b.state DESC`,
    )
    .get(repoId, branch);
  return (row as Build | undefined) ?? null;
}

/** A build of the branch that waits or runs for another commit; null: none. */
export function activeBuildOfOther(
  db: Db,
  { repoId, branch, sha }: Pick<Build, 'repoId' | 'branch' | 'sha'>,
): Build | null {
  const row = db
    .prepare(
      `${selectBuild} WHERE b.repo_id = ? AND b.branch = ? AND b.sha <> ? AND b.state IN ('queued', 'running')`,
    )
    .get(repoId, branch, sha);
  return (row as Build | undefined) ?? null;
}

/** What waits for a worker, or for its time, in the order in which it was asked for. */
export function queuedBuilds(db: Db): Build[] {
  return db.prepare(`${selectBuild} WHERE b.state = 'queued' ORDER BY b.id`).all() as Build[];
}

/** Failures that nobody was told of yet, oldest first. */
export function untoldBuilds(db: Db): Build[] {
  return db.prepare(`${selectBuild} WHERE b.untold = 1 ORDER BY b.id`).all() as Build[];
}

export function markTold(db: Db, id: number): void {
  db.prepare('UPDATE builds SET untold = 0 WHERE id = ?').run(id);
}

export interface OwnedBuild extends Build {
  readonly process: ProcessIdentity;
}

interface OwnedRow extends Build {
  readonly ownerPid: number;
  readonly ownerStart: string;
  readonly ownerBoot: string;
}

/** Every build that is marked running, with the process that said so. */
export function runningBuilds(db: Db): OwnedBuild[] {
  const rows = db
    .prepare(
      `SELECT ${buildColumns}, b.owner_pid AS ownerPid, b.owner_start AS ownerStart, b.owner_boot AS ownerBoot
       FROM builds b JOIN repos r ON r.id = b.repo_id WHERE b.state = 'running'`,
    )
    .all() as OwnedRow[];
  return rows.map(({ ownerPid, ownerStart, ownerBoot, ...build }) => ({
    ...build,
    process: { pid: ownerPid, start: ownerStart, boot: ownerBoot },
  }));
}
