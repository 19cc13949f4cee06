import type { Db } from './database.ts';

/** One look at all heads, with what it cost. Times in ms since 1970. */
export interface PollRecord {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: 'unchanged' | 'observed' | 'limited' | 'failed';
  readonly full: boolean;
  readonly requests: number;
  readonly points: number;
  readonly message: string | null;
}

export function recordPoll(db: Db, poll: PollRecord): void {
  db.prepare(
    `INSERT INTO polls (started_at, finished_at, outcome, full, requests, points, message)
     VALUES (@startedAt, @finishedAt, @outcome, @full, @requests, @points, @message)`,
  ).run({ ...poll, full: poll.full ? 1 : 0 });
}

/** When the last full poll ended; null: there was none. Those of the future count no more: the clock was set back. */
export function lastFullPollAt(db: Db, now: number): number | null {
  const row = db
    .prepare('SELECT max(finished_at) AS at FROM polls WHERE full = 1 AND finished_at <= ?')
    .get(now) as { at: number | null };
  return row.at;
}
