import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Api, type ApiOptions, createApi } from './api.ts';
import { changeAnswer } from './fault-answers.ts';
import { type Fault, type Faults, isTransportFault, type TransportFault } from './faults.ts';
import { authorize, type GitPath, type GitRefusal, gitPath, serveGit } from './git-backend.ts';
import { identify } from './identity.ts';
import type { LoggedRequest } from './log.ts';
import { bodyWriter, readBody, reset, sendAnswer } from './server.ts';
import { serviceHeaders } from './service-headers.ts';
import { secretOf } from './tokens.ts';

export interface DispatchOptions {
  readonly api: ApiOptions;
  /** Where REST begins: `/api/v3`, or empty for the server's root. */
  readonly apiPrefix: string;
  readonly graphqlPath: string;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  /** Answers `/_control`. */
  readonly control: (body: string) => Promise<string>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly logged: LoggedRequest;
}

export interface Dispatch {
  readonly handle: RequestListener;
  /** Resolves when no request is being answered any more. */
  idle(): Promise<unknown>;
}

/** Sends each request to REST, GraphQL or git, past the faults. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const api = createApi(options.api);
  const running = new Set<Promise<void>>();
  return {
    handle(request, response) {
      const answered = dispatch(options, api, request, response)
        .catch((error: unknown) => sayFailure(response, error))
        .finally(() => running.delete(answered));
      running.add(answered);
    },
    idle: () => Promise.all(running),
  };
}

function sayFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(500, { 'content-type': 'text/plain' });
  response.end(`the stand-in failed: ${error instanceof Error ? error.stack : String(error)}\n`);
}

async function dispatch(
  options: DispatchOptions,
  api: Api,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  if (url.pathname === '/_control') {
    const answer = await options.control(await readBody(request));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(answer);
    return;
  }
  const git = gitPath(url.pathname);
  const logged = await logEntry(
    request,
    url,
    git ? 'git' : url.pathname === options.graphqlPath ? 'graphql' : 'rest',
  );
  options.requests.push(logged);
  const fault = options.faults.take(logged);
  logged.fault = fault?.do ?? null;
  if (fault?.do === 'hang') return;
  if (fault?.do === 'reset') return reset(request);
  const exchange = { request, response, url, logged };
  if (git) await answerGit(options, exchange, git, fault);
  else await answerApi(options, api, exchange, fault);
}

async function logEntry(
  request: IncomingMessage,
  url: URL,
  kind: LoggedRequest['kind'],
): Promise<LoggedRequest> {
  return {
    kind,
    method: request.method ?? 'GET',
    path: url.pathname + url.search,
    token: secretOf(request.headers.authorization),
    userAgent: request.headers['user-agent'] ?? '',
    conditional: request.headers['if-none-match'] !== undefined,
    status: null,
    cost: 0,
    bytes: 0,
    fault: null,
    body: kind === 'git' ? '' : await readBody(request),
  };
}

const transport = (fault: Fault | null): TransportFault | null =>
  fault && isTransportFault(fault) ? fault : null;

async function answerApi(options: DispatchOptions, api: Api, exchange: Exchange, fault: Fault | null) {
  const { request, response, url, logged } = exchange;
  const path = url.pathname.startsWith(`${options.apiPrefix}/`)
    ? url.pathname.slice(options.apiPrefix.length)
    : '';
  const right = await api.answer({ request, logged, path, query: url.searchParams, secret: logged.token });
  const answer = fault ? changeAnswer(fault, right, logged) : right;
  const headers = { ...serviceHeaders(options.requests.length), ...answer.headers };
  await sendAnswer({ ...answer, headers }, { response, logged, fault: transport(fault) });
}

async function answerGit(options: DispatchOptions, exchange: Exchange, path: GitPath, fault: Fault | null) {
  const { request, response, url, logged } = exchange;
  const { world } = options.api;
  if (fault && !isTransportFault(fault)) {
    const wrong = changeAnswer(fault, { status: 200, headers: {}, body: '' }, logged);
    return sendAnswer(wrong, { response, logged, fault: null });
  }
  const identity = identify(logged.token, options.api);
  const repo = authorize({ world, identity, path, search: url.search });
  if (isRefusal(repo)) {
    const { status, headers, text } = repo;
    return sendAnswer({ status, headers, body: text }, { response, logged, fault: null });
  }
  const write = bodyWriter(response, transport(fault), logged);
  await serveGit({ world, repo, path, request, response, search: url.search, write });
  logged.status = response.headersSent ? response.statusCode : 500;
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

const isRefusal = (value: object): value is GitRefusal => 'text' in value;
