import type { ObservedRepo, RemoteRepo } from '../domain/head.ts';
import type { RepoTrouble } from '../forge/forge.ts';
import type { Db } from './database.ts';

/** What of the repositories' trouble is new in this poll, and so has to be told once. */
export interface TroubleNews {
  readonly broke: readonly { readonly name: string; readonly message: string }[];
  readonly mended: readonly { readonly name: string; readonly since: number }[];
}

interface Seen {
  readonly troubles: readonly RepoTrouble[];
  readonly repos: readonly ObservedRepo[];
  /** ms since 1970 */
  readonly now: number;
}

/** Stores which repositories are in trouble. To be called within the poll's transaction. */
export function saveTroubles(db: Db, { troubles, repos, now }: Seen): TroubleNews {
  return {
    broke: troubles
      .filter((trouble) => saveTrouble(db, trouble, now))
      .map(({ owner, name, message }) => ({ name: `${owner}/${name}`, message })),
    mended: repos.flatMap(({ repo }) => mend(db, repo)),
  };
}

/**
 * A repository that was never seen has no id yet; it still needs a row that says when to ask again. amp.yaml may
 * spell it otherwise than GitHub, where case does not matter; git knows an id of each.
 */
export function placeholderId(owner: string, name: string): string {
  return `?${owner}/${name}`.toLowerCase();
}

/** What a repository's row says that is well. */
export const noTrouble =
  'broken_since = NULL, failures = 0, trouble_kind = NULL, trouble = NULL, ask_after = 0';

/** True when it was well before, or its trouble is another one now. */
function saveTrouble(db: Db, trouble: RepoTrouble, now: number): boolean {
  const forgeId = trouble.forgeId ?? placeholderId(trouble.owner, trouble.name);
  db.prepare('INSERT OR IGNORE INTO repos (forge_id, owner, name) VALUES (?, ?, ?)').run(
    forgeId,
    trouble.owner,
    trouble.name,
  );
  const before = db
    .prepare('SELECT failures, trouble_kind AS kind FROM repos WHERE forge_id = ?')
    .get(forgeId) as { failures: number; kind: string | null };
  const failures = before.failures + 1;
  db.prepare(
    `UPDATE repos SET watched = 1, broken_since = coalesce(broken_since, @now), failures = @failures, trouble_kind = @kind,
       trouble = @message, ask_after = @askAfter, initialised = max(initialised, @isEmpty) WHERE forge_id = @forgeId`,
  ).run({
    now,
    failures,
    kind: trouble.kind,
    message: trouble.message,
    askAfter: now + askAgainAfterMs(failures),
    isEmpty: isSaidToBeEmpty(trouble) ? 1 : 0,
    forgeId,
  });
  return before.kind !== trouble.kind;
}

/** What comes into an empty repository is new. Only GitHub says so itself: plain git's empty listing may be a lie. */
function isSaidToBeEmpty({ kind, forgeId }: RepoTrouble): boolean {
  return kind === 'empty' && /^\d+$/.test(forgeId ?? '');
}

export const longestAskPauseMs = 3_600_000;

/** Asked less and less often: after a minute first, hourly in the end. */
function askAgainAfterMs(failures: number): number {
  return Math.min(60_000 * 2 ** Math.min(failures - 1, 6), longestAskPauseMs);
}

function mend(db: Db, repo: RemoteRepo): TroubleNews['mended'] {
  const ids = [repo.forgeId, placeholderId(repo.owner, repo.name)];
  const row = db
    .prepare('SELECT broken_since AS since FROM repos WHERE forge_id IN (?, ?) AND broken_since IS NOT NULL')
    .get(...ids) as { since: number } | undefined;
  if (!row) return [];
  db.prepare(`UPDATE repos SET ${noTrouble} WHERE forge_id IN (?, ?)`).run(...ids);
  return [{ name: `${repo.owner}/${repo.name}`, since: row.since }];
}
