import type { Limit } from '../forge.ts';
import type { GraphqlAnswer, GraphqlError } from './answer.ts';
import type { Fault } from './fault.ts';
import { type Headers, limitMessage } from './limits.ts';
import { record } from './read-repository.ts';
import { type Circumstances, lieWayOut, printable } from './to-fault.ts';

/**
 * Reads what GraphQL answers with status 200: data, a part of it with errors, or nothing but errors. Its quota and
 * its secondary limit are told so, too.
 */
export function readQueryAnswer(
  response: { readonly data: unknown; readonly headers: Headers },
  circumstances: Circumstances,
): GraphqlAnswer {
  const body = record(response.data);
  const data = record(body?.data);
  const errors: readonly GraphqlError[] = Array.isArray(body?.errors) ? body.errors.filter(isError) : [];
  const limit = limitOf(errors, String(body?.message ?? ''), { ...circumstances, headers: response.headers });
  if (limit) {
    circumstances.meter.limit(limit);
    return { kind: 'fault', fault: { kind: 'limited', message: limitMessage(limit), limit } };
  }
  if (data === null) return { kind: 'fault', fault: refusal(body, errors, circumstances.apiUrl) };
  circumstances.meter.charge(costOf(data));
  return { kind: 'data', data, errors };
}

function isError(error: unknown): error is GraphqlError {
  return typeof record(error)?.message === 'string';
}

function limitOf(
  errors: readonly GraphqlError[],
  message: string,
  { meter, headers, clock }: Circumstances & { readonly headers: Headers },
): Limit | null {
  const isUsedUp = errors.some(({ type = '' }) => /^RATE_LIMIT(ED)?$/.test(type));
  const said = [message, ...errors.map((error) => error.message)].join(' ');
  if (!isUsedUp && !/secondary rate limit/i.test(said)) return null;
  const now = clock();
  const named = meter.note({ status: 403, headers, message: said, now });
  const limit = named.find(({ resource, remaining }) =>
    isUsedUp ? remaining === 0 : resource === 'secondary',
  );
  return limit ?? { resource: 'graphql', limit: null, remaining: 0, resetAt: now + 60_000 };
}

function refusal(body: object | null, errors: readonly GraphqlError[], apiUrl: string): Fault {
  const { host } = new URL(apiUrl);
  const said = printable(errors.map(({ message }) => message).join('; '));
  if (errors.some(isOverload))
    return { kind: 'server', message: `${host} could not answer a query (${said})` };
  if (errors.length > 0) return { kind: 'refused', message: `${host} refused a query (${said})` };
  const found = body === null ? 'something else than JSON' : 'no data';
  return { kind: 'lie', message: `${host} answered a query with ${found}; ${lieWayOut}` };
}

function isOverload({ type = '', message }: GraphqlError): boolean {
  const isTooMuch = /^(RESOURCE_LIMITS_EXCEEDED|MAX_NODE_LIMIT_EXCEEDED|INTERNAL|SERVICE_UNAVAILABLE)/.test(
    type,
  );
  return isTooMuch || /something went wrong|timed out|timeout|try again/i.test(message);
}

/** By GitHub's own accounting. */
function costOf({ rateLimit }: Readonly<Record<string, unknown>>): number {
  const cost = record(rateLimit)?.cost;
  return typeof cost === 'number' ? cost : 1;
}
