import type { Config } from '../domain/config.ts';
import { configuredName, formerName, isNamed } from '../domain/configured-name.ts';
import type { RemoteRepo } from '../domain/head.ts';
import { folded, sameName } from '../domain/match.ts';
import { fullName } from '../domain/repo-name.ts';
import type { Redirect } from '../forge/forge.ts';
import type { Db } from './database.ts';
import { noTrouble, placeholderId } from './troubles.ts';

export interface Rename {
  readonly repoId: number;
  /** owner/name */
  readonly from: string;
  readonly to: RemoteName;
  /** owner/name that amp.yaml has for it, if it has an entry for just that. */
  readonly watchedAs: string;
}

/** Stores what the forge says of the repositories that it showed. */
export function saveSeen(db: Db, seen: readonly RemoteRepo[]): void {
  for (const repo of seen) saveRemoteRepo(db, repo);
}

/** Stores what amp.yaml has by a former name, and no poll knew by it, under that: it counts as renamed since. */
export function saveRedirects(db: Db, config: Config, redirects: readonly Redirect[]): void {
  for (const redirect of redirects) saveRedirect(db, config, redirect);
}

function saveRedirect(db: Db, config: Config, { forgeId, owner, name }: Redirect): void {
  const before = storedName(db, forgeId);
  const known = before && configuredName(config, before, before.watchedAs);
  if (before && (!isNamed(config, { owner, name }) || (known && isNamed(config, known)))) return;
  db.prepare('DELETE FROM repos WHERE forge_id = ?').run(placeholderId(owner, name));
  db.prepare(
    `INSERT INTO repos (forge_id, owner, name) VALUES (@forgeId, @owner, @name)
     ON CONFLICT (forge_id) DO UPDATE SET owner = @owner, name = @name`,
  ).run({ forgeId, owner, name });
}

interface StoredName extends RemoteName {
  readonly id: number;
  readonly watchedAs: string | null;
}

function storedName(db: Db, forgeId: string): StoredName | undefined {
  const row = db
    .prepare('SELECT id, owner, name, watched_as AS watchedAs FROM repos WHERE forge_id = ?')
    .get(forgeId);
  return row as StoredName | undefined;
}

/** Gives stored repositories their new names; returns those that were called otherwise. */
export function saveRenames(db: Db, config: Config, seen: readonly RemoteRepo[]): Rename[] {
  return seen.flatMap((repo) => saveRename(db, config, repo) ?? []);
}

/** Keeps the name that amp.yaml has for it. */
function saveRename(db: Db, config: Config, repo: RemoteRepo): Rename | null {
  const before = storedName(db, repo.forgeId);
  if (!before || sameName(config, fullName(before), fullName(repo))) return null;
  const watchedAs = formerName(config, { repo: before, watchedAs: before.watchedAs });
  const { owner, name } = repo;
  db.prepare('UPDATE repos SET owner = ?, name = ?, watched_as = ? WHERE id = ?').run(
    owner,
    name,
    watchedAs,
    before.id,
  );
  return { repoId: before.id, from: fullName(before), to: { owner, name }, watchedAs };
}

/** Another repository has the name by now that amp.yaml has for one, which is let go. */
export interface Succession {
  /** owner/name that both had. */
  readonly name: string;
  /** What the one is called now; null: nothing that is known. */
  readonly former: RemoteName | null;
}

export interface NamesNow {
  readonly seen: readonly RemoteRepo[];
  readonly now: number;
}

/**
 * A name means what is called so now. What was called so is let go: it was deleted, or renamed since it was seen, or
 * followed under that name and amp.yaml does not have it otherwise.
 */
export function saveSuccessions(db: Db, config: Config, { seen, now }: NamesNow): Succession[] {
  const names = new Map(seen.map((repo) => [folded(config, fullName(repo)), repo.forgeId]));
  const ids = new Set(names.values());
  const holderOf = (name: string) => names.get(folded(config, name));
  return watchedRepoNames(db).flatMap((repo) => {
    const { id, forgeId, owner, name, watchedAs } = repo;
    const isTaken = !ids.has(forgeId) && holderOf(fullName(repo)) !== undefined;
    const isSucceeded = watchedAs !== null && ![undefined, forgeId].includes(holderOf(watchedAs));
    if (isSucceeded) db.prepare('UPDATE repos SET watched_as = NULL WHERE id = ?').run(id);
    if (!isTaken && !(isSucceeded && configuredName(config, repo, null) === null)) return [];
    unwatch(db, id, { now, message: 'another repository has its name now' });
    return [
      isTaken ? { name: fullName(repo), former: null } : { name: watchedAs ?? '', former: { owner, name } },
    ];
  });
}

/** All that are watched and were seen. */
function watchedRepoNames(db: Db): (StoredName & { readonly forgeId: string })[] {
  return db
    .prepare(
      `SELECT id, forge_id AS forgeId, owner, name, watched_as AS watchedAs FROM repos
       WHERE watched = 1 AND forge_id NOT LIKE '?%'`,
    )
    .all() as (StoredName & { forgeId: string })[];
}

/**
 * A site that gains or loses its token asks another forge, which calls the same repositories by other ids (GitHub's
 * numbers, plain git's URLs). They keep their rows, or every branch would count as new, or as seen.
 */
export function adoptRepos(db: Db, found: readonly FoundRepo[]): void {
  const isStored = db.prepare('SELECT 1 FROM repos WHERE forge_id = ?');
  const adopt = db.prepare(
    `UPDATE repos SET forge_id = @forgeId, pushed_at = NULL WHERE id = (
       SELECT id FROM repos WHERE lower(owner) = lower(@owner) AND lower(name) = lower(@name)
         AND forge_id NOT LIKE '?%' AND (forge_id NOT GLOB '*[^0-9]*') <> (@forgeId NOT GLOB '*[^0-9]*')
       ORDER BY watched DESC, id DESC LIMIT 1)`,
  );
  for (const { forgeId, owner, name } of found) {
    if (forgeId !== null && !isStored.get(forgeId)) adopt.run({ forgeId, owner, name });
  }
}

/** A repository that a forge showed, or has trouble with; `forgeId` null: it was never seen. */
export interface FoundRepo extends RemoteName {
  readonly forgeId: string | null;
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
