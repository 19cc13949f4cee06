import type { RemoteRepo } from '../../domain/head.ts';
import type { ObserveRequest, WantedRepo } from '../forge.ts';
import { accept, type Client, type RestAnswer } from './client.ts';
import type { Fault } from './fault.ts';
import { type ListingSummary, parseSummary, wantedText } from './summary.ts';

export interface ListedRepo extends RemoteRepo {
  readonly fork: boolean;
}

/** What the API says of an owner's repositories. */
export type OwnerListing =
  | Listing
  | {
      readonly kind: 'fault';
      readonly owner: string;
      readonly wanted: readonly WantedRepo[];
      readonly fault: Fault;
    };

export interface Listing {
  readonly kind: 'listing';
  readonly owner: string;
  readonly wanted: readonly WantedRepo[];
  readonly key: string;
  readonly path: string;
  /** null: the server sends none. */
  readonly etag: string | null;
  /** What was stored with the ETag, for the same configuration. */
  readonly before: ListingSummary | null;
  /** Nothing was pushed since (304): `repos` is empty then. */
  readonly unchanged: boolean;
  /** Every page was read. */
  readonly complete: boolean;
  readonly repos: readonly ListedRepo[];
}

export interface OwnerQuestion {
  readonly owner: string;
  readonly wanted: readonly WantedRepo[];
  readonly fingerprint: string;
  readonly request: ObserveRequest;
}

export const pageSize = 100;

/** One conditional request for an owner's repositories, the last pushed to first; more only when something moved. */
export async function askListing(client: Client, question: OwnerQuestion): Promise<OwnerListing> {
  const { owner, wanted, request } = question;
  const key = keyOf(question);
  const stored = request.known.response(key);
  const summary = stored && parseSummary(stored.summary);
  const before = summary?.wanted === wantedText(wanted) ? summary : null;
  const path = summary?.path ?? `/orgs/${owner}/repos`;
  const etag = before && !request.full ? stored?.etag : undefined;
  const answer = await askPage(client, path, { page: 1, ...(etag === undefined ? {} : { etag }) });
  const asked = { kind: 'listing', owner, wanted, key, path, before } as const;
  if (answer.kind === 'unchanged') {
    return { ...asked, etag: stored?.etag ?? null, unchanged: true, complete: false, repos: [] };
  }
  const { readListing } = await import('./read-listing.ts');
  return readListing(client, { ...asked, full: request.full }, answer);
}

export function askPage(
  client: Client,
  path: string,
  { page, etag }: { readonly page: number; readonly etag?: string },
): Promise<RestAnswer> {
  const conditional = etag === undefined ? {} : { etag };
  return client.rest(`GET ${path}`, { sort: 'pushed', per_page: pageSize, page, ...conditional });
}

/** ETags depend on the token and on Accept. */
function keyOf({ owner, fingerprint }: OwnerQuestion): string {
  return `GET repos of ${owner.toLowerCase()} sort=pushed per_page=${pageSize} page=1 accept=${accept} as ${fingerprint}`;
}
