import type { Limit } from '../forge.ts';
import type { RestAnswer } from './answer.ts';
import { openClient } from './client.ts';
import type { Github } from './observe.ts';
import { record } from './read-repository.ts';

/** What `ampci check` tells of the token. */
export interface Inspection {
  /** Whose token it is; null: an App's, or it does not work. */
  readonly login: string | null;
  /** Of a classic token; null: a fine-grained or an App's one has rights instead, which no header names. */
  readonly scopes: readonly string[] | null;
  /** Milliseconds since 1970; null: never, or not told. */
  readonly expiresAt: number | null;
  readonly limits: readonly Limit[];
  /** This machine's clock less GitHub's, in ms; null: it did not tell the time. */
  readonly clockAheadMs: number | null;
  /** What is wrong, with the way out; null: the API answers. */
  readonly message: string | null;
}

/** Asks for the token's rights, end and quota: two requests, one point. Failure is told in `message`. */
export async function inspect(github: Github, signal: AbortSignal): Promise<Inspection> {
  const client = await openClient({ ...github, signal });
  const quota = await client.rest('GET /rate_limit', {});
  const isRefused = quota.kind === 'fault' && quota.fault.kind !== 'missing';
  const user = isRefused ? quota : await client.rest('GET /user', {});
  const now = github.clock();
  const login = record(user.kind === 'data' ? user.data : null)?.login;
  const { limits, tokenExpiresAt } = client.meter.asked();
  return {
    login: typeof login === 'string' ? login : null,
    scopes: scopesOf(user) ?? scopesOf(quota),
    expiresAt: tokenExpiresAt,
    limits: merged(limitsIn(quota, now), limits),
    clockAheadMs: clockAhead(user, now),
    message: troubleOf(user),
  };
}

/** An installation's token belongs to no user: 403. */
function troubleOf(user: RestAnswer): string | null {
  if (user.kind !== 'fault' || user.fault.kind === 'forbidden') return null;
  return user.fault.message;
}

function scopesOf(answer: RestAnswer): readonly string[] | null {
  const scopes = answer.kind === 'data' ? answer.headers['x-oauth-scopes'] : undefined;
  if (scopes === undefined) return null;
  return String(scopes)
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '');
}

function clockAhead(answer: RestAnswer, now: number): number | null {
  const date = Date.parse(String(answer.kind === 'data' ? answer.headers.date : ''));
  return Number.isNaN(date) ? null : now - date;
}

/** The body of `/rate_limit` names both quotas; GitHub Enterprise Server may have none (404). */
function limitsIn(answer: RestAnswer, now: number): Limit[] {
  const resources = record(record(answer.kind === 'data' ? answer.data : null)?.resources);
  return ['core', 'graphql'].flatMap((resource) => {
    const { limit, remaining, reset } = record(resources?.[resource]) ?? {};
    const isTold = typeof limit === 'number' && typeof remaining === 'number' && typeof reset === 'number';
    return isTold ? [{ resource, limit, remaining, resetAt: Math.max(now, reset * 1000) }] : [];
  });
}

function merged(first: readonly Limit[], second: readonly Limit[]): Limit[] {
  return [...new Map([...first, ...second].map((limit) => [limit.resource, limit])).values()];
}
