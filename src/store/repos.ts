import type { RemoteRepo } from '../domain/head.ts';
import type { Db } from './database.ts';
import { noTrouble, placeholderId } from './troubles.ts';

/** Stores what the forge says of the repositories that it showed. */
export function saveSeen(db: Db, seen: readonly RemoteRepo[]): void {
  for (const repo of seen) saveRemoteRepo(db, repo);
}

/** Stores a repository, found by its forge id whatever it is called now. Returns the row's id. */
export function saveRemoteRepo(db: Db, repo: RemoteRepo): number {
  db.prepare('DELETE FROM repos WHERE forge_id = ?').run(placeholderId(repo.owner, repo.name));
  const row = db
    .prepare(
      `INSERT INTO repos (forge_id, owner, name, default_branch, archived)
       VALUES (@forgeId, @owner, @name, @defaultBranch, @archived)
       ON CONFLICT (forge_id) DO UPDATE SET
         owner = @owner, name = @name, default_branch = coalesce(@defaultBranch, default_branch),
         archived = @archived, watched = 1
       RETURNING id`,
    )
    .get({
      forgeId: repo.forgeId,
      owner: repo.owner,
      name: repo.name,
      defaultBranch: repo.defaultBranch,
      archived: repo.archived ? 1 : 0,
    }) as { id: number };
  return row.id;
}

/** A repository that a forge showed, or has trouble with; `forgeId` null: it was never seen. */
export interface FoundRepo extends RemoteName {
  readonly forgeId: string | null;
}

/** Lets a repository be asked at the next poll: it can be read, whatever else is wrong with it. */
export function askAtNextPoll(db: Db, { forgeId, owner, name }: FoundRepo): void {
  db.prepare('UPDATE repos SET ask_after = 0 WHERE forge_id = ?').run(forgeId ?? placeholderId(owner, name));
}

/** Watched repositories that were renamed, with the owner/name that amp.yaml may still have for them. */
export function renamedRepos(db: Db): (RemoteName & { readonly watchedAs: string })[] {
  return db
    .prepare(
      'SELECT watched_as AS watchedAs, owner, name FROM repos WHERE watched_as IS NOT NULL AND watched = 1',
    )
    .all() as (RemoteName & { watchedAs: string })[];
}

export interface RemoteName {
  readonly owner: string;
  readonly name: string;
}

export interface FullLook {
  /** Forge ids of what it showed or missed. */
  readonly kept: ReadonlySet<string>;
  /** When it began, ms since 1970: what was not to be asked then was not. */
  readonly startedAt: number;
  readonly now: number;
}

/** After a full poll: what it neither showed nor missed is no longer configured; its queued builds end, also retries since then. */
export function unwatchOthers(db: Db, { kept, startedAt, now }: FullLook): void {
  // What is in trouble and not asked yet is neither shown nor missed.
  const watched = db
    .prepare(
      `SELECT id, forge_id AS forgeId FROM repos r WHERE (watched = 1 AND ask_after <= ?)
         OR (watched = 0 AND EXISTS (SELECT 1 FROM builds b WHERE b.repo_id = r.id AND b.state = 'queued'))`,
    )
    .all(startedAt) as { id: number; forgeId: string }[];
  for (const { id } of watched.filter(({ forgeId }) => !kept.has(forgeId)))
    unwatch(db, id, { now, message: notConfigured });
}

export const notConfigured = 'its repository is no longer configured';

export interface Unwatching {
  readonly now: number;
  /** Why its queued builds end. */
  readonly message: string;
}

/** What is no longer configured is in no trouble, and its queued builds end. */
export function unwatch(db: Db, id: number, { now, message }: Unwatching): void {
  db.prepare(`UPDATE repos SET watched = 0, ${noTrouble} WHERE id = ?`).run(id);
  // Out of sight: these heads are changes should the repository be configured again.
  db.prepare(
    `UPDATE heads SET gone_at = ? WHERE repo_id = ? AND gone_at IS NULL
       AND branch IN (SELECT branch FROM builds WHERE repo_id = heads.repo_id AND state = 'queued')`,
  ).run(now, id);
  db.prepare(
    "UPDATE builds SET state = 'cancelled', finished_at = ?, message = ? WHERE repo_id = ? AND state = 'queued'",
  ).run(now, message, id);
}

/** The default branches of all watched repositories but the bootstrap, at their stored heads. */
export function watchedHeads(db: Db): WatchedHead[] {
  return db
    .prepare(
      `SELECT r.id AS repoId, r.owner, r.name, r.watched_as AS watchedAs, h.branch, h.sha FROM repos r JOIN heads h
       ON h.repo_id = r.id AND h.branch = r.default_branch AND h.gone_at IS NULL WHERE r.watched = 1 AND r.archived = 0`,
    )
    .all() as WatchedHead[];
}

export interface WatchedHead extends RemoteName {
  readonly repoId: number;
  readonly watchedAs: string | null;
  readonly branch: string;
  readonly sha: string;
}
