import type { Db } from './database.ts';

/** What a running build has come to. Times in ms since 1970. */
export interface Progress {
  readonly commit?: { readonly author: string; readonly authorEmail: string; readonly subject: string };
  /** `exitCode` null: it did not exit by itself. */
  readonly ended?: {
    readonly position: number;
    readonly exitCode: number | null;
    readonly finishedAt: number;
  };
  readonly started?: { readonly position: number; readonly script: string; readonly startedAt: number };
}

/** Records it in one transaction: each one makes the build wait for the disk, several times. */
export function recordProgress(db: Db, buildId: number, progress: Progress): void {
  db.transaction(() => writeProgress(db, buildId, progress)).immediate();
}

/** The same as a part of the caller's transaction. */
export function writeProgress(db: Db, buildId: number, { commit, ended, started }: Progress): void {
  if (commit) {
    const { author, authorEmail, subject } = commit;
    db.prepare('UPDATE builds SET author = ?, author_email = ?, subject = ? WHERE id = ?').run(
      author,
      authorEmail,
      subject,
      buildId,
    );
  }
  if (ended) {
    db.prepare('UPDATE steps SET finished_at = ?, exit_code = ? WHERE build_id = ? AND position = ?').run(
      ended.finishedAt,
      ended.exitCode,
      buildId,
      ended.position,
    );
  }
  if (started) {
    db.prepare('INSERT INTO steps (build_id, position, script, started_at) VALUES (?, ?, ?, ?)').run(
      buildId,
      started.position,
      started.script,
      started.startedAt,
    );
  }
}
