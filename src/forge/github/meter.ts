import type { Asked, Limit } from '../forge.ts';
import { type Answered, limitsOf } from './limits.ts';

/** Counts what a look costs and keeps the quotas that the answers name. */
export interface Meter {
  /** A request goes out. */
  count(): void;
  /** Returns the limits that this answer names. */
  note(answered: Answered): readonly Limit[];
  /** A limit that a header does not name. */
  limit(limit: Limit): void;
  charge(points: number): void;
  /** By resource; the latest word. */
  limits(): readonly Limit[];
  /** The token is renewed without anybody's doing: its end concerns nobody. */
  ignoreExpiry(): void;
  asked(): Asked;
}

export function createMeter(): Meter {
  let isRenewed = false;
  let requests = 0;
  let points = 0;
  let tokenExpiresAt: number | null = null;
  const limits = new Map<string, Limit>();
  return {
    count() {
      requests += 1;
    },
    note(answered) {
      const named = limitsOf(answered);
      for (const limit of named) limits.set(limit.resource, limit);
      if (!isRenewed) tokenExpiresAt = expiryIn(answered) ?? tokenExpiresAt;
      return named;
    },
    limit: (limit) => void limits.set(limit.resource, limit),
    charge(more) {
      points += more;
    },
    limits: () => [...limits.values()],
    ignoreExpiry() {
      isRenewed = true;
    },
    asked: () => ({ requests, points, limits: [...limits.values()], tokenExpiresAt }),
  };
}

/** Written as `2026-08-01 12:00:00 UTC` or with an offset such as `+0300`. */
function expiryIn({ headers }: Answered): number | null {
  const value = headers['github-authentication-token-expiration'];
  const at = Date.parse(String(value ?? ''));
  return Number.isNaN(at) ? null : at;
}
