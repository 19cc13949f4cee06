import type { Db } from './database.ts';

/** Something that lasts, told once when it starts and once when it ends. */
export interface Notice {
  readonly key: string;
  /** ms since 1970 */
  readonly since: number;
  readonly message: string;
}

function readNotice(db: Db, key: string): Notice | null {
  return (
    (db.prepare('SELECT key, since, message FROM notices WHERE key = ?').get(key) as Notice | undefined) ??
    null
  );
}

/** True when it is new, and so has to be told. */
export function startNotice(db: Db, notice: Notice): boolean {
  return (
    db
      .prepare('INSERT OR IGNORE INTO notices (key, since, message) VALUES (@key, @since, @message)')
      .run(notice).changes === 1
  );
}

/** What ended, and so has to be told; null: it did not last. */
export function endNotice(db: Db, key: string): Notice | null {
  const notice = readNotice(db, key);
  if (notice) db.prepare('DELETE FROM notices WHERE key = ?').run(key);
  return notice;
}
