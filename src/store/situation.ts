import type { RemoteRepo } from '../domain/head.ts';
import type { StoredHead, StoredRepo } from '../domain/plan.ts';
import type { Db } from './database.ts';

interface RepoRow {
  readonly id: number;
  readonly forgeId: string;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string | null;
  readonly archived: number;
  readonly pushedAt: string | null;
  readonly initialised: number;
  readonly watchedAs: string | null;
}

const repoColumns = `id, forge_id AS forgeId, owner, name, default_branch AS defaultBranch, archived,
  pushed_at AS pushedAt, initialised, watched_as AS watchedAs`;

/** The repositories of these forge ids with all their heads, for the plan; ids that were never seen are left out. */
export function storedRepos(db: Db, forgeIds: readonly string[]): StoredRepo[] {
  const byForgeId = db.prepare(`SELECT ${repoColumns} FROM repos WHERE forge_id = ?`);
  return forgeIds.flatMap((forgeId) => {
    const row = byForgeId.get(forgeId) as RepoRow | undefined;
    return row ? [withHeads(db, row)] : [];
  });
}

/** Whether a head of the repository was stored after `since`; one of later than now was by a clock that went wrong. */
export function hasNewerHead(
  db: Db,
  { forgeId }: Pick<RemoteRepo, 'forgeId'>,
  { since, now }: { readonly since: number; readonly now: number },
): boolean {
  const head = db.prepare(
    `SELECT 1 FROM repos r CROSS JOIN heads h WHERE r.forge_id = ? AND h.repo_id = r.id
       AND h.seen_at > ? AND h.seen_at <= ? LIMIT 1`,
  );
  return head.get(forgeId, since, now) !== undefined;
}

/** Every watched repository, for a plan in which the bootstrap moved. */
export function watchedRepos(db: Db): StoredRepo[] {
  const rows = db.prepare(`SELECT ${repoColumns} FROM repos WHERE watched = 1`).all() as RepoRow[];
  return rows.map((row) => withHeads(db, row));
}

interface HeadRow extends Omit<StoredHead, 'gone' | 'failing'> {
  readonly gone: number;
  readonly failing: number;
}

function withHeads(db: Db, row: RepoRow): StoredRepo {
  const heads = db
    .prepare(
      `SELECT h.branch, h.sha, h.missed, h.gone_at IS NOT NULL AS gone, h.built_sha AS builtSha,
              h.built_bootstrap_sha AS builtBootstrapSha, l.sha AS latestSha,
              CASE WHEN l.state <> 'cancelled' THEN l.id END AS latestBuild,
              CASE WHEN l.state <> 'cancelled' THEN l.bootstrap_sha END AS latestBootstrapSha, h.failing, b.id AS queuedBuild
       FROM heads h LEFT JOIN builds l ON l.id = h.latest_build LEFT JOIN builds b ON b.repo_id = h.repo_id AND b.branch = h.branch AND b.state = 'queued'
       WHERE h.repo_id = ?`,
    )
    .all(row.id) as HeadRow[];
  const { id: _, initialised, archived, watchedAs, ...repo } = row;
  return {
    repo: { ...repo, archived: archived === 1 },
    initialised: initialised === 1,
    watchedAs,
    heads: heads.map((head) => ({ ...head, gone: head.gone === 1, failing: head.failing === 1 })),
  };
}

/** A repository by the name that amp.yaml has for it, as it is called now. */
export interface RepoByName {
  readonly id: number;
  /** A placeholder's, where it was never seen. */
  readonly forgeId: string;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string | null;
  readonly isBroken: boolean;
}

/** null: it was never heard of. Of several (made anew under the same name) the newest that is watched. */
export function repoByName(db: Db, name: { owner: string; name: string }): RepoByName | null {
  const row = db
    .prepare(
      `SELECT id, forge_id AS forgeId, owner, name, default_branch AS defaultBranch, broken_since IS NOT NULL AS isBroken
       FROM repos WHERE (lower(owner) = lower(@owner) AND lower(name) = lower(@name))
         OR lower(watched_as) = lower(@owner || '/' || @name) ORDER BY watched DESC, id DESC LIMIT 1`,
    )
    .get(name) as (Omit<RepoByName, 'isBroken'> & { isBroken: number }) | undefined;
  return row ? { ...row, isBroken: row.isBroken === 1 } : null;
}

/** The stored head of a branch (null: the default branch); null: none is known, or the branch is gone. */
export function headOf(db: Db, { id, defaultBranch }: RepoByName, branch: string | null): string | null {
  const row = db
    .prepare('SELECT sha FROM heads WHERE repo_id = ? AND branch = ? AND gone_at IS NULL')
    .get(id, branch ?? defaultBranch) as { sha: string } | undefined;
  return row?.sha ?? null;
}
