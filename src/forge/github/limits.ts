import type { Limit } from '../forge.ts';

export type Headers = Readonly<Record<string, string | number | undefined>>;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** GitHub's `message` of an error. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** GitHub's windows last an hour; what claims to last longer is not believed. */
const longestMs = 65 * 60_000;
/** "Wait for at least one minute": GitHub's advice for a secondary limit that names no time. */
const unnamedWaitMs = 60_000;
/** A pause that is over already would be none. */
const shortestWaitMs = 1000;

/**
 * The quotas that an answer names. A limit that was run into has `remaining` 0, or is called `secondary`.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function limitsOf(answered: Answered): Limit[] {
  const quota = primary(answered);
  return [quota, secondary(answered, quota)].filter((limit) => limit !== null);
}

function primary({ headers, now }: Answered): Limit | null {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
    numberIn(headers, `x-ratelimit-${name}`),
  );
  if (limit == null || remaining == null || reset == null) return null;
  const resource = String(headers['x-ratelimit-resource'] ?? 'core');
  return { resource, limit, remaining, resetAt: resetAt(reset * 1000, headers, now) };
}

/** Their clock and ours may differ: what counts is the time from the answer's `date` on. */
function resetAt(theirs: number, headers: Headers, now: number): number {
  const date = Date.parse(String(headers.date ?? ''));
  const waitMs = theirs - (Number.isNaN(date) ? now : date);
  return now + Math.min(Math.max(waitMs, 0), longestMs);
}

/** `quota`: what the answer says of it; one that is used up until a moment to come names the time. */
function secondary(answered: Answered, quota: Limit | null): Limit | null {
  if (!isRefused(answered)) return null;
  const isNamed = quota?.remaining === 0 && quota.resetAt > answered.now;
  const waitMs = retryAfterMs(answered) ?? (isOfALimit(answered) && !isNamed ? unnamedWaitMs : null);
  if (waitMs === null) return null;
  return {
    resource: 'secondary',
    limit: null,
    remaining: null,
    resetAt: answered.now + Math.min(waitMs, longestMs),
  };
}

function isRefused({ status }: Answered): boolean {
  return status === 403 || status === 429;
}

function isOfALimit({ status, headers, message }: Answered): boolean {
  return (
    status === 429 || numberIn(headers, 'x-ratelimit-remaining') === 0 || /rate limit|abuse/i.test(message)
  );
}

/** In seconds, or as a date. */
function retryAfterMs({ headers, now }: Answered): number | null {
  const value = headers['retry-after'];
  if (value === undefined) return null;
  const seconds = Number(value);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : waitUntil(String(value), headers, now);
  return Math.max(waitMs, shortestWaitMs);
}

function waitUntil(date: string, headers: Headers, now: number): number {
  const until = Date.parse(date);
  return Number.isNaN(until) ? unnamedWaitMs : resetAt(until, headers, now) - now;
}

function numberIn(headers: Headers, name: string): number | null {
  const value = headers[name];
  return value === undefined || !Number.isFinite(Number(value)) ? null : Number(value);
}

/** The limit because of which this answer is a refusal; null: it is none, or has another reason. */
export function refusingLimit(answered: Answered, limits: readonly Limit[]): Limit | null {
  return isRefused(answered) ? latest(limits.filter(isExhausted)) : null;
}

function latest(limits: readonly Limit[]): Limit | null {
  return limits.reduce<Limit | null>((a, b) => (a !== null && a.resetAt >= b.resetAt ? a : b), null);
}

function isExhausted({ resource, remaining }: Limit): boolean {
  return resource === 'secondary' || remaining === 0;
}

/** The limit that forbids to ask now, the one that lasts longest; null: none does. */
export function standingLimit(limits: readonly Limit[], now: number): Limit | null {
  return latest(limits.filter((limit) => isExhausted(limit) && limit.resetAt > now && isOurs(limit)));
}

/** Other resources (search, code scanning) are none of ampci's. */
function isOurs({ resource }: Limit): boolean {
  return resource === 'core' || resource === 'graphql' || resource === 'secondary';
}

export function limitMessage({ resource, resetAt: until, limit }: Limit): string {
  const at = new Date(until).toISOString();
  return resource === 'secondary'
    ? `GitHub asks for a pause (secondary rate limit) until ${at}`
    : `GitHub's quota of ${limit ?? 'all'} ${resource} requests an hour is used up until ${at}; does something else use the same token?`;
}
