import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Environment } from './environment.ts';
import { TransportError } from './transport-error.ts';

/** How a request goes out. */
export interface Route extends RequestOptions {
  readonly agent?: false;
  readonly ca?: string[];
}

/**
 * Sends a request through the environment's proxy where it names one for the URL: a tunnel (CONNECT) for https,
 * the whole URL as path for http. Its variables are `https_proxy`, `http_proxy` and `no_proxy`, in lower case first, else in upper case.
 */
export async function throughProxy(
  url: URL,
  options: Route,
  { environment, signal }: { readonly environment: Environment; readonly signal: AbortSignal },
): Promise<Route> {
  const proxy = proxyFor(url, environment);
  if (proxy === null) return options;
  if (url.protocol === 'http:') return viaForwarding(url, proxy, options);
  const tunnel = await openTunnel(url, proxy, signal);
  const { agent: _, ...rest } = options;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const createConnection = () =>
    connectTls({
      socket: tunnel,
      host,
      servername: servernameOf(url),
      ...(options.ca ? { ca: options.ca } : {}),
    });
  return { ...rest, createConnection };
}

/** The proxy that the environment names for a URL; null: none. */
export function proxyFor(url: URL, environment: Environment): URL | null {
  const variable = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = environment[variable] || environment[variable.toUpperCase()];
  if (!value || isExempt(url, environment.no_proxy || environment.NO_PROXY || '')) return null;
  const text = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(text) || !/^https?:/i.test(text)) {
    throw new TransportError(
      'PROXY',
      `${variable.toUpperCase()} is no proxy's address: expected http://HOST:PORT`,
    );
  }
  return new URL(text);
}

/** A host is exempt with its subdomains, a leading dot or `*.` changes nothing; `*` exempts all. */
function isExempt(url: URL, noProxy: string): boolean {
  const entries = noProxy.toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => entry !== '' && exempts(entry, url));
}

function exempts(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  // The second colon makes it an IPv6 address, which needs brackets to have a port.
  const [, name = entry, port] = /^\*?\.?([^:]*|\[.*\])(?::(\d+))?$/.exec(entry) ?? [];
  if (port !== undefined && port !== portOf(url)) return false;
  const host = url.hostname.toLowerCase();
  return host === name || host.endsWith(`.${name}`) || host === `[${name}]`;
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

/** No name is sent to a server that is called by its address (RFC 6066). */
function servernameOf(url: URL): string {
  return /^[\d.]+$|:/.test(url.hostname) ? '' : url.hostname;
}

function viaForwarding(url: URL, proxy: URL, options: Route): Route {
  return {
    ...options,
    hostname: proxy.hostname,
    port: portOf(proxy),
    path: `${url.origin}${url.pathname}${url.search}`,
    headers: { ...options.headers, host: url.host, ...authorization(proxy) },
  };
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function openTunnel(url: URL, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${url.hostname}:${portOf(url)}`;
  const request = proxy.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'CONNECT',
      hostname: proxy.hostname,
      port: portOf(proxy),
      path: target,
      headers: { host: target, ...authorization(proxy) },
      agent: false,
    });
    const stop = () => asked.destroy(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    asked.on('error', reject);
    asked.on('response', (response) => {
      response.resume();
      reject(refusal(proxy, target, response.statusCode));
      asked.destroy();
    });
    asked.on('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(refusal(proxy, target, response.statusCode));
    });
    asked.end();
  });
}

function refusal(proxy: URL, target: string, status: number | undefined): TransportError {
  return new TransportError('PROXY', `the proxy ${proxy.host} answered ${status} for ${target}`);
}
