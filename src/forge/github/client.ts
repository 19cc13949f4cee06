import { Octokit } from '@octokit/core';
import type { Clock } from '../../clock.ts';
import type { Credential } from '../credential.ts';
import type { Transport, TransportInit } from '../transport.ts';
import type { GraphqlAnswer, RestAnswer } from './answer.ts';
import { createMeter, type Meter } from './meter.ts';

export const accept = 'application/vnd.github+json';

/** One look's conversation with the API. Every failure is data; nothing is ever asked a second time. */
export interface Client {
  /** `etag`: answer 304 when that is still so. `route` as Octokit's, e.g. `GET /orgs/{org}/repos`. */
  rest(route: string, parameters: RestParameters): Promise<RestAnswer>;
  graphql(query: string, variables: Readonly<Record<string, unknown>>): Promise<GraphqlAnswer>;
  readonly meter: Meter;
}

export type RestParameters = Readonly<Record<string, string | number>> & { readonly etag?: string };

export interface ClientSettings {
  readonly apiUrl: string;
  readonly credential: Credential;
  readonly transport: Transport;
  /** What an answer says of times counts from when it came. */
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Rejects only with what the credential's `token()` rejects with. */
export async function openClient(settings: ClientSettings): Promise<Client> {
  const { apiUrl, credential, clock, signal } = settings;
  const token = await credential.token();
  const meter = createMeter({ isRenewed: token.startsWith('ghs_') });
  const octokit = new Octokit({
    auth: token,
    baseUrl: apiUrl,
    userAgent: 'ampci',
    request: { fetch: metered(settings, meter), signal },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const circumstances = { apiUrl, meter, clock };
  const faultOf = async (error: unknown) => {
    const { toFault } = await import('./to-fault.ts');
    return { kind: 'fault' as const, fault: toFault(error, circumstances) };
  };
  return {
    meter,
    async rest(route, { etag, ...parameters }) {
      try {
        const headers = { accept, ...(etag === undefined ? {} : { 'if-none-match': etag }) };
        const response = await octokit.request(route, { ...parameters, headers });
        return { kind: 'data', data: response.data, headers: response.headers };
      } catch (error) {
        return isNotModified(error) ? { kind: 'unchanged' } : faultOf(error);
      }
    },
    async graphql(query, variables) {
      const { readQueryAnswer } = await import('./query-answer.ts');
      try {
        const response = await octokit.request(`POST ${graphqlUrl(apiUrl)}`, { query, variables });
        return readQueryAnswer(response, circumstances);
      } catch (error) {
        return faultOf(error);
      }
    },
  };
}

/** GitHub Enterprise Server's is `/api/graphql` beside `/api/v3`. */
function graphqlUrl(apiUrl: string): string {
  return apiUrl.endsWith('/api/v3') ? apiUrl.replace(/v3$/, 'graphql') : `${apiUrl}/graphql`;
}

/** Octokit throws on 304. */
function isNotModified(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 304;
}

/** Here every answer is heard, also those that Octokit throws away. A 304 is free of quota; a query tells its cost. */
function metered({ transport, clock }: ClientSettings, meter: Meter): Transport {
  return async (url: string, init?: TransportInit) => {
    meter.count();
    const response = await transport(url, init);
    const isQuery = init?.method === 'POST';
    if (response.status !== 304 && !isQuery) meter.charge(1);
    const { status } = response;
    meter.note({ status, headers: Object.fromEntries(response.headers), message: '', now: clock() });
    return response;
  };
}
