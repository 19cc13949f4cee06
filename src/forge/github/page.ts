import type { RemoteRepo } from '../../domain/head.ts';
import type { WantedRepo } from '../forge.ts';
import type { RestAnswer } from './answer.ts';
import type { Client } from './client.ts';
import type { Fault } from './fault.ts';
import type { ListingSummary } from './summary.ts';

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

export const pageSize = 100;

/** One page of an owner's repositories, the last pushed to first. */
export function askPage(
  client: Client,
  path: string,
  { page, etag }: { readonly page: number; readonly etag?: string },
): Promise<RestAnswer> {
  const conditional = etag === undefined ? {} : { etag };
  return client.rest(`GET ${path}`, { sort: 'pushed', per_page: pageSize, page, ...conditional });
}
