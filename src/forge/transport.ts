import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Environment } from './environment.ts';
import type { Route } from './proxy.ts';
import { TransportError } from './transport-error.ts';

export interface TransportSettings {
  /** Where the proxies stand (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) and `SSL_CERT_FILE`. */
  readonly environment: Environment;
  /** For one request, its redirects and its whole answer, in ms. */
  readonly timeoutMs?: number;
  /** More than this of an answer is a mistake. */
  readonly maxBodyBytes?: number;
}

/** The part of the Fetch API that Octokit uses. */
export type Transport = (url: string, init?: TransportInit) => Promise<TransportResponse>;

export interface TransportInit {
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportResponse {
  readonly url: string;
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** GitHub itself gives up on a GraphQL query after 10 s. */
const defaultTimeoutMs = 15_000;
/** The largest real answers, 100 repositories or 100 times 100 branches, are about 1 MB. */
const defaultMaxBodyBytes = 32 * 2 ** 20;
const maxRedirects = 3;

/**
 * A `fetch` over node:http(s): the global one costs 75 to 110 ms at its first use. Nothing is kept alive, so
 * that the process may end at once. Rejects with a TransportError, Node's own errors, or the signal's reason.
 */
export function createTransport(settings: TransportSettings): Transport {
  const { timeoutMs = defaultTimeoutMs } = settings;
  return (url, init = {}) =>
    withTimeout(timeoutMs, init.signal, (signal) => follow(new URL(url), { ...init, signal }, settings));
}

type Init = TransportInit & { readonly signal: AbortSignal };

async function withTimeout<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => controller.abort(abortError());
  const late = new TransportError('TIMEOUT', `no whole answer within ${timeoutMs / 1000} s`);
  const timer = setTimeout(() => controller.abort(late), timeoutMs);
  outer?.addEventListener('abort', abort);
  try {
    if (outer?.aborted) throw abortError();
    // Raced, since a destroyed request tells of a reset instead of the reason.
    return await Promise.race([use(signal), rejectionOf(signal)]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', abort);
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/** Octokit passes on what has this name and wraps everything else. */
function abortError(): Error {
  return Object.assign(new Error('stopped'), { name: 'AbortError', code: 'ABORT_ERR' });
}

async function follow(url: URL, init: Init, settings: TransportSettings): Promise<TransportResponse> {
  let [target, request] = [url, init];
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await send(target, request, settings);
    const location = redirection(response, request);
    if (location === null) return response;
    const next = new URL(location, target);
    // A token belongs to the host that it was meant for.
    if (next.origin !== target.origin) request = { ...request, headers: withoutSecrets(request.headers) };
    target = next;
  }
  throw new TransportError('TOO_MANY_REDIRECTS', `redirected more than ${maxRedirects} times`);
}

/** Where to go on; null: this is the answer. A body is sent on only where the method stays by definition. */
function redirection({ status, headers }: TransportResponse, { method }: Init): string | null {
  const isRead = method === undefined || method === 'GET' || method === 'HEAD';
  const isFollowed = isRead ? [301, 302, 303, 307, 308].includes(status) : [307, 308].includes(status);
  const location = headers.get('location');
  if (!isFollowed || location === undefined) return null;
  return /^https?:/i.test(location) || !/^[a-z][a-z0-9+.-]*:/i.test(location) ? location : null;
}

function withoutSecrets(headers: TransportInit['headers']): Record<string, string> {
  const entries = Object.entries(headers ?? {});
  return Object.fromEntries(entries.filter(([name]) => !/^(authorization|cookie)$/i.test(name)));
}

async function send(url: URL, init: Init, settings: TransportSettings): Promise<TransportResponse> {
  const message = await exchange(url, init, settings.environment);
  const body = await readBody(message, settings.maxBodyBytes ?? defaultMaxBodyBytes);
  return toResponse(url, message, body);
}

async function exchange(url: URL, init: Init, environment: Environment): Promise<IncomingMessage> {
  const options = await route(url, init, environment);
  // Not by import(): that makes Node read every export of node:http, of which one is undici, for 25 ms.
  const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(url, options, resolve);
    init.signal.addEventListener('abort', () => sent.destroy(init.signal.reason), { once: true });
    sent.on('error', reject);
    if (init.signal.aborted) sent.destroy(init.signal.reason);
    sent.end(init.body);
  });
}

/** `agent: false`: a connection of its own, closed with the answer. */
async function route(url: URL, init: Init, environment: Environment): Promise<Route> {
  const options = {
    method: init.method ?? 'GET',
    headers: headersFor(init),
    agent: false as const,
    ...(await trust(url, environment)),
  };
  if (!namesProxy(environment)) return options;
  const { throughProxy } = await import('./proxy.ts');
  return throughProxy(url, options, { environment, signal: init.signal });
}

function namesProxy(environment: Environment): boolean {
  return ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].some((name) => environment[name]);
}

function headersFor({ headers = {}, body }: Init): Record<string, string | number> {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return { ...headers, ...length, connection: 'close' };
}

/** NODE_EXTRA_CA_CERTS is Node's own affair; SSL_CERT_FILE, which curl and git know, is not. */
async function trust(url: URL, { SSL_CERT_FILE: file }: Environment): Promise<{ ca?: string[] }> {
  if (!file || url.protocol !== 'https:') return {};
  const { certificatesWith } = await import('./certificates.ts');
  return { ca: certificatesWith(file) };
}

function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > maxBytes) message.destroy(new TransportError('TOO_LARGE', `more than ${maxBytes} bytes`));
    });
    message.on('error', reject);
    message.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

function toResponse(url: URL, message: IncomingMessage, body: Buffer): TransportResponse {
  const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value)] as const);
  return {
    url: url.href,
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    headers: new Map(headers),
    text: async () => body.toString('utf8'),
    arrayBuffer: async () => Uint8Array.from(body).buffer,
  };
}
