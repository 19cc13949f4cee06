import { backOffMs, maxAttempts } from '../domain/build.ts';
import type { Db } from './database.ts';
import { longestAskPauseMs } from './troubles.ts';

/** GitHub's windows last an hour (forge/github/limits.ts). */
const longestLimitMs = 65 * 60_000;

/**
 * Lets nothing wait longer than it was told to: what is to happen later than that was written by a clock that
 * has been set back since.
 */
export function forgetFuture(db: Db, now: number): void {
  const found =
    db.prepare(`SELECT 1 FROM builds WHERE ${late.builds} UNION ALL SELECT 1 FROM repos WHERE ${late.repos}
    UNION ALL SELECT 1 FROM limits WHERE ${late.limits}`);
  const bounds = {
    retry: now + backOffMs(maxAttempts),
    ask: now + longestAskPauseMs,
    limit: now + longestLimitMs,
  };
  if (found.get(bounds) === undefined) return;
  db.transaction(() => {
    db.prepare(`UPDATE builds SET not_before = @now WHERE ${late.builds}`).run({ ...bounds, now });
    db.prepare(`UPDATE repos SET ask_after = @now WHERE ${late.repos}`).run({ ...bounds, now });
    db.prepare(`UPDATE limits SET reset_at = @now WHERE ${late.limits}`).run({ ...bounds, now });
  }).immediate();
}

const late = {
  builds: "state = 'queued' AND not_before > @retry",
  repos: 'broken_since IS NOT NULL AND ask_after > @ask',
  limits: 'reset_at > @limit',
};
