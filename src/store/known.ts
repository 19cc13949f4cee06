import type { KnownRepo, KnownState, Limit, StoredResponse } from '../forge/forge.ts';
import type { Db } from './database.ts';

/** What earlier polls stored, read when it is asked for: an unchanged poll asks for one response. */
export function knownState(db: Db): KnownState {
  return {
    response: (key) =>
      (db.prepare('SELECT key, etag, summary FROM responses WHERE key = ?').get(key) as
        | StoredResponse
        | undefined) ?? null,
    repos: () => knownRepos(db),
    limits: db
      .prepare('SELECT resource, quota AS "limit", remaining, reset_at AS resetAt FROM limits')
      .all() as Limit[],
  };
}

interface KnownRow extends Omit<KnownRepo, 'archived'> {
  readonly archived: number;
}

function knownRepos(db: Db): KnownRepo[] {
  const rows = db
    .prepare(
      `SELECT forge_id AS forgeId, owner, name, default_branch AS defaultBranch, archived, pushed_at AS pushedAt,
              ask_after AS askAfter FROM repos WHERE watched = 1`,
    )
    .all() as KnownRow[];
  return rows.map((row) => ({ ...row, archived: row.archived === 1 }));
}
