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

export type Named<Name extends Fault['do']> = Extract<Fault, { readonly do: Name }>;

export type TransportFault = Named<'reset' | 'hang' | 'slow' | 'cut'>;

export const isTransportFault = (fault: Fault): fault is TransportFault =>
  fault.do === 'reset' || fault.do === 'hang' || fault.do === 'slow' || fault.do === 'cut';

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
