import { type Answer, json, problem } from './answer.ts';
import type { LoggedRequest } from './log.ts';

/** Which requests a fault hits: all that fit everything given. Strings are regular expressions' sources. */
export interface FaultMatch {
  readonly kind?: LoggedRequest['kind'];
  readonly method?: string;
  /** Searched in the path with its query, percent-encoded as it came. */
  readonly path?: string | RegExp;
  /** Searched in the request's body; quotes within its JSON's strings stand plain, as in a GraphQL query. */
  readonly body?: string | RegExp;
  readonly token?: string;
}

export type Fault =
  /** The connection is reset before an answer. */
  | { readonly do: 'reset' }
  /** Nothing comes, the connection stays. */
  | { readonly do: 'hang' }
  /** The right answer, a few bytes at a time. Default: 16 bytes every 50 ms. */
  | { readonly do: 'slow'; readonly bytes?: number; readonly everyMs?: number }
  /** The right answer's first bytes, then the connection ends: short of its content-length, or of its last chunk. */
  | { readonly do: 'cut'; readonly afterBytes: number; readonly chunked?: boolean }
  /** A well-formed HTTP answer whose JSON stops in the middle. */
  | { readonly do: 'cut-json' }
  | { readonly do: 'garbage' }
  /** A page for people, such as a proxy's. Default: status 200. */
  | { readonly do: 'html'; readonly status?: number }
  | {
      readonly do: 'status';
      readonly status: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly do: 'unauthorized' }
  | { readonly do: 'sso' }
  /** GraphQL: status 200, as GitHub. Default: 403, for an hour. */
  | { readonly do: 'primary-limit'; readonly status?: 403 | 429; readonly resetInSeconds?: number }
  /** Default: 403, 60 s; null: without the header. 200 happens with GraphQL. */
  | {
      readonly do: 'secondary-limit';
      readonly status?: 200 | 403 | 429;
      readonly retryAfterSeconds?: number | null;
    }
  | { readonly do: 'not-found' }
  /** 409, as of an empty repository. */
  | { readonly do: 'conflict' }
  /** 502 with the JSON of a query that took too long. */
  | { readonly do: 'graphql-timeout' }
  /** One field of a GraphQL answer is null and has an error; the rest is right. `field`: its alias. */
  | {
      readonly do: 'graphql-error';
      readonly field: string;
      readonly type?: string;
      readonly message?: string;
    }
  /** REST: `[]`; GraphQL: every connection without nodes. */
  | { readonly do: 'empty-list' }
  /** The listing claims to end with this page. */
  | { readonly do: 'no-next-page' };

type Named<Name extends Fault['do']> = Extract<Fault, { readonly do: Name }>;

export type TransportFault = Named<'reset' | 'hang' | 'slow' | 'cut'>;

export const isTransportFault = (fault: Fault): fault is TransportFault =>
  fault.do === 'reset' || fault.do === 'hang' || fault.do === 'slow' || fault.do === 'cut';

type Change<Name extends Fault['do']> = (
  fault: Named<Name>,
  answer: Answer,
  request: LoggedRequest,
) => Answer;

const changes: { readonly [Name in Exclude<Fault['do'], TransportFault['do']>]: Change<Name> } = {
  'cut-json': (_, answer) => ({ ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) }),
  garbage: (_, answer) => ({ ...answer, body: '\u0000\u0001{]garbage\u001b[31m' }),
  html: ({ status = 200 }) => html(status),
  status: ({ status, message = 'Switched on by a test', headers }) => problem(status, message, headers),
  unauthorized: () => problem(401, 'Bad credentials'),
  sso: () =>
    problem(403, 'Resource protected by organization SAML enforcement.', {
      'x-github-sso': 'required; url=https://github.example/orgs/acme/sso',
    }),
  'primary-limit': ({ status = 403, resetInSeconds = 3600 }, answer, { kind }) => {
    const reset = Math.ceil(Date.now() / 1000) + resetInSeconds;
    return limitAnswer(kind, status, {
      ...answer.headers,
      'x-ratelimit-remaining': '0',
      'x-ratelimit-used': answer.headers['x-ratelimit-limit'] ?? '5000',
      'x-ratelimit-reset': String(reset),
    });
  },
  'secondary-limit': ({ status = 403, retryAfterSeconds = 60 }) =>
    problem(
      status,
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) },
    ),
  'not-found': () => problem(404, 'Not Found'),
  conflict: () => problem(409, 'Git Repository is empty.'),
  'graphql-timeout': () =>
    json(
      {
        data: null,
        errors: [
          {
            message:
              'Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `D0E2:4F5A:1` when reporting this issue.',
          },
        ],
      },
      502,
    ),
  'graphql-error': (
    { field, type, message = 'Something went wrong while executing your query.' },
    answer,
  ) => {
    const whole = JSON.parse(answer.body) as { data?: Record<string, unknown>; errors?: unknown[] };
    const error = { ...(type === undefined ? {} : { type }), path: [field], message };
    const data = { ...whole.data, [field]: null };
    return { ...answer, body: JSON.stringify({ data, errors: [...(whole.errors ?? []), error] }) };
  },
  'empty-list': (_, answer) => ({
    ...withoutLink(answer),
    body: JSON.stringify(emptied(JSON.parse(answer.body))),
  }),
  'no-next-page': (_, answer) => ({
    ...withoutLink(answer),
    body: answer.body.replaceAll('"hasNextPage":true', '"hasNextPage":false'),
  }),
};

/** What a fault makes of the right answer. */
export function changeAnswer(fault: Fault, answer: Answer, request: LoggedRequest): Answer {
  if (isTransportFault(fault)) return answer;
  const changed = (changes[fault.do] as Change<typeof fault.do>)(fault as never, answer, request);
  return { ...changed, headers: { ...quotaOf(answer), ...changed.headers } };
}

const quotaOf = (answer: Answer): Record<string, string> =>
  Object.fromEntries(Object.entries(answer.headers).filter(([name]) => name.startsWith('x-ratelimit')));

/** GitHub's words for a quota that is used up; GraphQL says so with status 200. */
export function limitAnswer(
  kind: LoggedRequest['kind'],
  status: 403 | 429,
  headers: Readonly<Record<string, string>>,
): Answer {
  const message = 'API rate limit exceeded for user ID 1.';
  if (kind !== 'graphql')
    return problem(status, message, { ...headers, 'content-type': 'application/json; charset=utf-8' });
  return json({ errors: [{ type: 'RATE_LIMIT', code: 'graphql_rate_limit', message }] }, 200, headers);
}

const html = (status: number): Answer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!DOCTYPE html>\n<html><body><h1>Scheduled maintenance</h1></body></html>\n',
});

function withoutLink(answer: Answer): Answer {
  const { link: _, ...headers } = answer.headers;
  return { ...answer, headers };
}

function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'totalCount' ? 0 : key === 'hasNextPage' ? false : emptied(inner),
    ]),
  );
}

export interface FaultLimits {
  /** How many requests it hits. Default: until it is removed. */
  readonly times?: number;
  /** How many it lets through first. */
  readonly skip?: number;
}

export interface SwitchedFault {
  /** How many requests it has hit. */
  hits(): number;
  remove(): void;
}

export interface Faults {
  add(match: FaultMatch, fault: Fault, limits?: FaultLimits): SwitchedFault;
  /** The first fault that hits the request. */
  take(request: LoggedRequest): Fault | null;
  clear(): void;
}

export function createFaults(): Faults {
  const active = new Set<{ match: FaultMatch; fault: Fault; skip: number; left: number; hits: number }>();
  return {
    add(match, fault, { times = Number.POSITIVE_INFINITY, skip = 0 } = {}) {
      const entry = { match, fault, skip, left: times, hits: 0 };
      active.add(entry);
      return { hits: () => entry.hits, remove: () => void active.delete(entry) };
    },
    take(request) {
      for (const entry of active) {
        if (entry.left === 0 || !fits(entry.match, request)) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        entry.left -= 1;
        entry.hits += 1;
        return entry.fault;
      }
      return null;
    },
    clear: () => active.clear(),
  };
}

function fits(match: FaultMatch, request: LoggedRequest): boolean {
  const found = (wanted: string | RegExp | undefined, text: string) =>
    wanted === undefined || new RegExp(wanted).test(text);
  return (
    (match.kind === undefined || match.kind === request.kind) &&
    (match.method === undefined || match.method === request.method) &&
    (match.token === undefined || match.token === request.token) &&
    found(match.path, request.path) &&
    found(match.body, request.body.replaceAll('\\"', '"'))
  );
}
