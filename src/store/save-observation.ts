import type { Observation, StoredResponse } from '../forge/forge.ts';
import type { Db } from './database.ts';
import { writeMeta } from './meta.ts';

/** Stores what an answer said of quotas and the token's end. To be called within the poll's transaction. */
export function saveAsked(db: Db, observation: Observation, now: number): void {
  const save = db.prepare(
    'INSERT OR REPLACE INTO limits (resource, quota, remaining, reset_at) VALUES (@resource, @limit, @remaining, @resetAt)',
  );
  for (const limit of observation.limits) save.run(limit);
  if (observation.requests > 0) db.prepare('DELETE FROM limits WHERE reset_at < ?').run(now);
  // Another token may have no end. Only whole answers show it: a 304 may leave headers out (RFC 9110, 15.4.5).
  const { tokenExpiresAt, outcome } = observation;
  if (tokenExpiresAt !== null || outcome === 'observed') {
    writeMeta(db, 'token_expires_at', tokenExpiresAt === null ? null : String(tokenExpiresAt));
  }
}

/** How long a response that no poll uses any more is kept: those of replaced tokens go. */
const unusedResponseMs = 7 * 24 * 3_600_000;

/** Stores the ETags in the transaction of the heads that they stand for. */
export function saveResponses(db: Db, responses: readonly StoredResponse[], now: number): void {
  const save = db.prepare(
    'INSERT OR REPLACE INTO responses (key, etag, summary, used_at) VALUES (@key, @etag, @summary, @now)',
  );
  for (const response of responses) save.run({ ...response, now });
  db.prepare('DELETE FROM responses WHERE used_at < ?').run(now - unusedResponseMs);
}
