import type { Config } from '../domain/config.ts';
import { configuredName, formerName, isNamed } from '../domain/configured-name.ts';
import type { RemoteRepo } from '../domain/head.ts';
import { folded, sameName } from '../domain/match.ts';
import { fullName } from '../domain/repo-name.ts';
import type { Redirect } from '../forge/forge.ts';
import type { Db } from './database.ts';
import { type FoundRepo, type RemoteName, unwatch } from './repos.ts';
import { placeholderId } from './troubles.ts';

/** What a forge said of names. */
export interface SeenNames {
  readonly seen: readonly RemoteRepo[];
  readonly redirects: readonly Redirect[];
  readonly troubles: readonly FoundRepo[];
  /** ms since 1970 */
  readonly now: number;
}

/** What is called otherwise than it was, and what has lost its name to another repository. */
export interface NameChanges {
  readonly renames: readonly Rename[];
  readonly successions: readonly Succession[];
}

export interface Rename {
  readonly repoId: number;
  /** owner/name */
  readonly from: string;
  readonly to: RemoteName;
  /** owner/name that amp.yaml has for it, if it has an entry for just that. */
  readonly watchedAs: string;
}

/** Brings the names of stored repositories up to date; comes before anything is stored by these names or planned. */
export function saveNames(
  db: Db,
  config: Config,
  { seen, redirects, troubles, now }: SeenNames,
): NameChanges {
  adoptRepos(db, [...redirects, ...seen, ...troubles]);
  saveRedirects(db, config, redirects);
  const renames = saveRenames(db, config, seen);
  return { renames, successions: saveSuccessions(db, config, { seen, now }) };
}

/** Stores what amp.yaml has by a former name, and no poll knew by it, under that: it counts as renamed since. */
function saveRedirects(db: Db, config: Config, redirects: readonly Redirect[]): void {
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
function saveRenames(db: Db, config: Config, seen: readonly RemoteRepo[]): Rename[] {
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

/**
 * A name means what is called so now. What was called so is let go: it was deleted, or renamed since it was seen, or
 * followed under that name and amp.yaml does not have it otherwise.
 */
function saveSuccessions(
  db: Db,
  config: Config,
  { seen, now }: Pick<SeenNames, 'seen' | 'now'>,
): Succession[] {
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
function adoptRepos(db: Db, found: readonly FoundRepo[]): void {
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
