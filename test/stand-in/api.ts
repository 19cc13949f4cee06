import type { IncomingMessage } from 'node:http';
import { type Answer, problem } from './answer.ts';
import type { Apps } from './apps.ts';
import { etagOf, matches, notModified } from './etag.ts';
import { limitAnswer } from './fault-answers.ts';
import type { GraphqlRequest } from './graphql.ts';
import { identify, identityHeaders, quotaOwner } from './identity.ts';
import type { LoggedRequest } from './log.ts';
import { type Quotas, quotaHeaders, type Resource, remaining } from './quota.ts';
import type { Urls } from './rest/call.ts';
import { answerRest, restRoutes } from './rest.ts';
import type { Identity, Tokens } from './tokens.ts';
import type { World } from './world.ts';

export interface ApiOptions {
  readonly world: World;
  readonly tokens: Tokens;
  readonly apps: Apps;
  readonly quotas: Quotas;
  readonly now: () => number;
  /** Known once the server listens. */
  readonly urls: Urls;
  /** Finds what GitHub's own description of its API would not have answered; null: all is well. */
  readonly check: ((operation: string, method: string, answer: Answer) => string | null) | null;
  /** Told of what `check` found. */
  readonly invalid: string[];
}

interface ApiRequest {
  readonly request: IncomingMessage;
  readonly logged: LoggedRequest;
  /** The path below the API's root, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly secret: string | null;
}

export interface Api {
  /** The right answer, before any fault. Writes its cost into the log. */
  answer(request: ApiRequest): Promise<Answer>;
}

export function createApi(options: ApiOptions): Api {
  const { world, quotas, now } = options;
  const routes = restRoutes(options.tokens);
  /** Answers are kept until the world changes: an idle poll must cost the server nothing. */
  const kept = new Map<string, Answer>();
  let keptVersion = -1;

  async function rest(question: ApiRequest, identity: Identity): Promise<Answer> {
    const { request, path, query } = question;
    const { authorization = '', accept = '' } = request.headers;
    const key = [request.method, path, query, authorization, accept].join('\n');
    if (keptVersion !== world.version) kept.clear();
    keptVersion = world.version;
    const known = kept.get(key);
    if (known) return known;
    const { answer, route } = await answerRest(
      routes,
      { method: request.method ?? 'GET', path },
      {
        world,
        apps: options.apps,
        identity,
        now: now(),
        query,
        body: parsed(question.logged.body),
        accept,
        urls: options.urls,
        quota: (resource) => quotas.read(quotaOwner(identity), resource, now()),
      },
    );
    const wrong = route && options.check?.(route.operation, route.method, answer);
    if (wrong) return unlikeGithub(`${request.method} ${path}: ${wrong}`);
    const tagged = withEtag(request, answer);
    if (route?.keep && route.method === 'GET' && keptVersion === world.version) kept.set(key, tagged);
    return tagged;
  }

  function unlikeGithub(message: string): Answer {
    options.invalid.push(message);
    return problem(500, `The stand-in's answer is unlike GitHub's: ${message}`);
  }

  async function graphql(
    logged: LoggedRequest,
    identity: Identity,
  ): Promise<{ answer: Answer; cost: number }> {
    if (logged.method !== 'POST') return { answer: problem(404, 'Not Found'), cost: 0 };
    const quota = quotas.read(quotaOwner(identity), 'graphql', now());
    const request = parsed(logged.body);
    if (typeof request !== 'object' || request === null)
      return { answer: problem(400, 'Problems parsing JSON'), cost: 0 };
    // Late: GitHub's schema takes a fifth of a second, and most tests ask no query.
    const { answerGraphql } = await import('./graphql.ts');
    return answerGraphql(request as GraphqlRequest, { world, identity, urls: options.urls, quota });
  }

  async function withinQuota(
    question: ApiRequest,
    identity: Identity,
  ): Promise<{ answer: Answer; cost: number }> {
    const { request, path, logged } = question;
    if (logged.kind === 'graphql') return graphql(logged, identity);
    const answer = await rest(question, identity);
    const free = path === '/rate_limit';
    const etag = answer.headers.etag;
    const unchanged = etag !== undefined && matches(request, etag);
    // GitHub charges nothing for a 304, but only to those who sign in.
    const cost = free || (unchanged && identity.kind !== 'anonymous') ? 0 : 1;
    return { answer: unchanged ? notModified(answer) : answer, cost };
  }

  return {
    async answer(question) {
      const { request, logged, path, secret } = question;
      if (!request.headers['user-agent'])
        return problem(
          403,
          'Request forbidden by administrative rules. Please make sure your request has a User-Agent header.',
        );
      const identity = identify(secret, options);
      if (identity === null || (logged.kind === 'graphql' && identity.kind !== 'token'))
        return problem(
          401,
          secret === null ? 'This endpoint requires you to be authenticated.' : 'Bad credentials',
        );
      const who = quotaOwner(identity);
      const resource: Resource = logged.kind === 'graphql' ? 'graphql' : 'core';
      const quota = quotas.read(who, resource, now());
      if (remaining(quota) === 0 && path !== '/rate_limit')
        return limitAnswer(logged.kind, 403, quotaHeaders(resource, quota));
      const { answer, cost } = await withinQuota(question, identity);
      logged.cost = cost;
      quotas.charge(who, resource, now(), cost);
      const used = quotaHeaders(resource, quotas.read(who, resource, now()));
      return { ...answer, headers: { ...answer.headers, ...identityHeaders(identity), ...used } };
    },
  };
}

function withEtag(request: IncomingMessage, answer: Answer): Answer {
  if (answer.status !== 200 || (request.method !== 'GET' && request.method !== 'HEAD')) return answer;
  return { ...answer, headers: { ...answer.headers, etag: etagOf(request, answer.body) } };
}

function parsed(body: string): unknown {
  try {
    return body === '' ? undefined : JSON.parse(body);
  } catch {
    return undefined;
  }
}
