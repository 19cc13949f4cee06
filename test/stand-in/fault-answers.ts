import { type Answer, json, problem } from './answer.ts';
import { type Fault, isTransportFault, type Named, type TransportFault } from './faults.ts';
import type { LoggedRequest } from './log.ts';

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
