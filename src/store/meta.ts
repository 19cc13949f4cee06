import type { Db } from './database.ts';

export type MetaKey =
  | 'datadir_id'
  | 'config_file'
  | 'bootstrap_sha'
  /** The last build that was queued before the bootstrap moved there. */
  | 'bootstrap_since'
  | 'pruned_at'
  /** Where workspaces were when the last poll looked for left ones. */
  | 'temproot'
  | 'token_expires_at';

/** Single facts about the datadir. null: never set. */
export function readMeta(db: Db, key: MetaKey): string | null {
  const row = db.prepare('SELECT value FROM meta WHERE key = ?').get(key) as { value: string } | undefined;
  return row?.value ?? null;
}

export function writeMeta(db: Db, key: MetaKey, value: string | null): void {
  if (value === null) db.prepare('DELETE FROM meta WHERE key = ?').run(key);
  else db.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
}
