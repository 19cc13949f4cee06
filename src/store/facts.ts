import type {
  ActiveBuild,
  BrokenRepo,
  Facts,
  FailedBuild,
  PollFact,
  PollFacts,
  Quota,
} from '../domain/facts.ts';
import { displayName } from '../domain/repo-name.ts';
import type { Db } from './database.ts';
import { failedBuild } from './failed-builds.ts';
import { readMeta } from './meta.ts';

export interface FactsRequest {
  /** ms since 1970 */
  readonly now: number;
  /** Whose repositories are told by their bare name. */
  readonly owner: string;
}

/** What the database knows of the state of affairs; null: nothing was polled yet. Reads pointers and indexes only. */
export function readFacts(db: Db, { now, owner }: FactsRequest): Omit<Facts, 'freeDiskBytes'> | null {
  const read = db.transaction(() => {
    const polls = readPolls(db);
    return (
      polls && {
        now,
        polls,
        failing: readFailing(db, owner),
        queue: readQueue(db, { now, owner }),
        running: readRunning(db, owner),
        quotas: db.prepare(quotasQuery).all() as Quota[],
        broken: readBroken(db, owner),
        tokenExpiresAt: Number(readMeta(db, 'token_expires_at')) || null,
        builds: count(db, "SELECT seq AS count FROM sqlite_sequence WHERE name = 'builds'"),
      }
    );
  });
  return read();
}

const quotasQuery = `SELECT resource, quota, remaining, reset_at AS resetAt FROM limits
  WHERE resource IN ('core', 'graphql') AND quota IS NOT NULL AND remaining IS NOT NULL`;

const pollColumns = 'id, finished_at AS finishedAt, outcome, message';

function readPolls(db: Db): PollFacts | null {
  const last = db.prepare(`SELECT ${pollColumns} FROM polls ORDER BY id DESC LIMIT 1`).get() as
    | (PollFact & { id: number })
    | undefined;
  if (!last) return null;
  const first = db.prepare(`SELECT ${pollColumns} FROM polls ORDER BY id LIMIT 1`).get() as typeof last;
  const good = db
    .prepare(
      `SELECT ${pollColumns} FROM polls WHERE outcome IN ('unchanged', 'observed') ORDER BY id DESC LIMIT 1`,
    )
    .get() as typeof last | undefined;
  return {
    count: last.id,
    firstAt: first.finishedAt,
    lastGoodAt: good?.finishedAt ?? null,
    last: { finishedAt: last.finishedAt, outcome: last.outcome, message: last.message },
    failed: last.outcome === 'failed' ? last.id - (good?.id ?? first.id - 1) : 0,
  };
}

const failingQuery = `
  SELECT r.owner, r.name, h.branch, h.branch IS r.default_branch AS isDefault, b.id, b.state, b.attempt,
    b.finished_at AS finishedAt, b.step, b.exit_code AS exitCode, b.message, b.author, b.subject,
    (SELECT s.finished_at FROM builds s WHERE s.id = ${failedBuild('first')}) AS since
  FROM heads h INDEXED BY heads_failing CROSS JOIN repos r CROSS JOIN builds b
  WHERE h.failing = 1 AND h.gone_at IS NULL AND r.id = h.repo_id AND r.watched = 1 AND r.archived = 0
    AND b.id = ${failedBuild('latest')}`;

interface FailingRow extends FailedBuild {
  readonly owner: string;
  readonly name: string;
  readonly branch: string;
  readonly isDefault: number;
  readonly since: number;
}

function readFailing(db: Db, owner: string): Facts['failing'] {
  const rows = db.prepare(failingQuery).all() as FailingRow[];
  return rows
    .map(({ owner: of, name, branch, isDefault, since, ...build }) => ({
      repo: displayName({ owner: of, name }, owner),
      branch,
      isDefault: isDefault === 1,
      since,
      build,
    }))
    .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault) || b.build.id - a.build.id);
}

interface ActiveRow {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly branch: string;
  readonly since: number;
}

/** A retry waits from the moment on at which it may start: before that nothing is late. */
function readQueue(db: Db, { now, owner }: FactsRequest): Facts['queue'] {
  const oldest = db
    .prepare(
      `SELECT b.id, r.owner, r.name, b.branch, max(b.queued_at, b.not_before) AS since
       FROM builds b INDEXED BY builds_state CROSS JOIN repos r
       WHERE b.state = 'queued' AND b.not_before <= ? AND r.id = b.repo_id ORDER BY b.id LIMIT 1`,
    )
    .get(now) as ActiveRow | undefined;
  return {
    count: count(db, "SELECT count(*) AS count FROM builds INDEXED BY builds_state WHERE state = 'queued'"),
    oldest: oldest ? toActive(oldest, owner) : null,
  };
}

function readRunning(db: Db, owner: string): Facts['running'] {
  const rows = db
    .prepare(
      `SELECT b.id, r.owner, r.name, b.branch, b.started_at AS since
       FROM builds b INDEXED BY builds_state CROSS JOIN repos r WHERE b.state = 'running' AND r.id = b.repo_id`,
    )
    .all() as ActiveRow[];
  const longest = rows.toSorted((a, b) => a.since - b.since)[0];
  return { count: rows.length, longest: longest ? toActive(longest, owner) : null };
}

function toActive({ id, owner: of, name, branch, since }: ActiveRow, owner: string): ActiveBuild {
  return { id, repo: displayName({ owner: of, name }, owner), branch, since };
}

/** Nothing is expected of archived and empty repositories. */
function readBroken(db: Db, owner: string): BrokenRepo[] {
  const rows = db
    .prepare(
      `SELECT owner, name, broken_since AS since, coalesce(trouble, 'no reason was stored') AS message
       FROM repos INDEXED BY repos_broken
       WHERE broken_since IS NOT NULL AND watched = 1 AND coalesce(trouble_kind, '') NOT IN ('archived', 'empty')`,
    )
    .all() as (Omit<BrokenRepo, 'repo'> & { owner: string; name: string })[];
  return rows.map(({ owner: of, name, since, message }) => ({
    repo: displayName({ owner: of, name }, owner),
    since,
    message,
  }));
}

function count(db: Db, sql: string): number {
  return (db.prepare(sql).get() as { count: number } | undefined)?.count ?? 0;
}
