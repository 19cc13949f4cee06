import { Octokit } from '@octokit/core';
import type { Clock } from '../../clock.ts';
import type { Credential } from '../credential.ts';
import type { Transport } from '../transport.ts';
import type { GraphqlAnswer, RestAnswer } from './answer.ts';
import type { Fault } from './fault.ts';
import { createMeter, type Meter } from './meter.ts';
import { metered } from './metered.ts';

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
  /** Counts the request for a token, too. Default: a new one. */
  readonly meter?: Meter;
}

/** Rejects only with what the credential's `token()` rejects with. */
export async function openClient(settings: ClientSettings): Promise<Client> {
  const { apiUrl, credential, transport, clock, signal, meter = createMeter() } = settings;
  const token = await credential.token({ signal, meter });
  if (token.startsWith('ghs_')) meter.ignoreExpiry();
  const octokit = new Octokit({
    auth: token,
    baseUrl: apiUrl,
    userAgent: 'ampci',
    request: { fetch: metered(transport, { meter, clock }), signal },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const circumstances = { apiUrl, meter, clock };
  const faultOf = async (error: unknown) => {
    const { toFault } = await import('./to-fault.ts');
    const fault = toFault(error, circumstances);
    return {
      kind: 'fault' as const,
      fault: fault.kind === 'unauthorized' ? refused(fault, credential) : fault,
    };
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

function refused(fault: Fault, credential: Credential): Fault {
  credential.drop();
  return { ...fault, message: `${fault.message}: ${credential.wayOut}` };
}

/** GitHub Enterprise Server's is `/api/graphql` beside `/api/v3`. */
function graphqlUrl(apiUrl: string): string {
  return apiUrl.endsWith('/api/v3') ? apiUrl.replace(/v3$/, 'graphql') : `${apiUrl}/graphql`;
}

/** Octokit throws on 304. */
function isNotModified(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 304;
}
