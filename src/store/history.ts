import type { Build, Reason } from '../domain/build.ts';
import { buildColumns } from './build-rows.ts';
import type { Db } from './database.ts';
import { failedStates } from './failed-builds.ts';

/** Which builds to show; null or false: whatever they are. Times in ms since 1970. */
export interface BuildFilter {
  readonly repoId: number | null;
  /** Of the repo `repoId`. */
  readonly branch: string | null;
  readonly failed: boolean;
  /** Not those that wait, or were cancelled before they began: they have no log. */
  readonly started: boolean;
  readonly reason: Reason | null;
  /** First digits of the commit's SHA, lower case. */
  readonly sha: string | null;
  /** Queued at or after. */
  readonly since: number | null;
  /** Queued before. */
  readonly until: number | null;
}

export const anyBuild: BuildFilter = {
  repoId: null,
  branch: null,
  failed: false,
  started: false,
  reason: null,
  sha: null,
  since: null,
  until: null,
};

/** The newest builds that fit, newest first, at most `count`. */
export function readHistory(db: Db, filter: BuildFilter, count: number): Build[] {
  const { firstId, lastId } = idBounds(db, filter);
  return db
    .prepare(historyQuery(filter))
    .all({ ...filter, ...shaBounds(filter.sha), firstId, lastId, count }) as Build[];
}

function historyQuery(filter: BuildFilter): string {
  const conditions = [
    'b.id BETWEEN @firstId AND @lastId',
    'r.id = b.repo_id',
    filter.repoId !== null && 'b.repo_id = @repoId',
    filter.branch !== null && 'b.branch = @branch',
    filter.failed && `b.state IN ${failedStates}`,
    filter.started && 'b.started_at IS NOT NULL',
    filter.reason !== null && 'b.reason = @reason',
    filter.sha !== null && 'b.sha BETWEEN @firstSha AND @lastSha',
    filter.since !== null && 'b.queued_at >= @since',
    filter.until !== null && 'b.queued_at < @until',
  ].filter((condition) => condition !== false);
  return `SELECT ${buildColumns} FROM builds b ${accessPath(filter)} CROSS JOIN repos r
    WHERE ${conditions.join(' AND ')} ORDER BY b.id DESC LIMIT @count`;
}

/**
 * The index that leaves the least to look through and gives the rows newest first. SQLite has no statistics
 * here and would guess; `manual` and `retry` are rare, so that their index beats the repository's.
 */
function accessPath({ sha, failed, repoId, branch, reason }: BuildFilter): string {
  if (sha !== null) return 'INDEXED BY builds_sha';
  if (failed) return `INDEXED BY ${repoId === null ? 'builds_failed' : 'builds_repo_failed'}`;
  if (branch !== null) return 'INDEXED BY builds_branch';
  if (reason !== null && (repoId === null || reason === 'manual' || reason === 'retry')) {
    return 'INDEXED BY builds_reason';
  }
  return repoId === null ? 'NOT INDEXED' : 'INDEXED BY builds_repo';
}

/** Every SHA that begins with these digits: `g` follows the last hexadecimal digit. */
function shaBounds(sha: string | null) {
  return { firstSha: sha, lastSha: `${sha}g` };
}

/** Ids rise with the time of queueing, but for steps of the clock: so many neighbours are looked at as well. */
const outOfOrder = 200;

/** Where in the order of ids a span of time can lie: every index of builds ends in the id. */
function idBounds(db: Db, { since, until }: BuildFilter): { firstId: number; lastId: number } {
  const bound = (sql: string, at: number) =>
    (db.prepare(sql).get({ at, outOfOrder }) as { id: number | null }).id;
  const first = since === null ? 0 : bound(firstSince, since);
  const last = until === null ? Number.MAX_SAFE_INTEGER : bound(lastUntil, until);
  return { firstId: first ?? Number.MAX_SAFE_INTEGER, lastId: last ?? 0 };
}

const firstSince = `SELECT min(id) AS id FROM (SELECT id FROM builds INDEXED BY builds_queued_at
  WHERE queued_at >= @at ORDER BY queued_at LIMIT @outOfOrder)`;

const lastUntil = `SELECT max(id) AS id FROM (SELECT id FROM builds INDEXED BY builds_queued_at
  WHERE queued_at < @at ORDER BY queued_at DESC LIMIT @outOfOrder)`;
