import type { ObserveRequest, WantedRepo } from '../forge.ts';
import { accept, type Client } from './client.ts';
import { askPage, type OwnerListing, pageSize } from './page.ts';
import { parseSummary, wantedText } from './summary.ts';

export interface OwnerQuestion {
  readonly owner: string;
  readonly wanted: readonly WantedRepo[];
  readonly fingerprint: string;
  readonly request: ObserveRequest;
}

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

/** ETags depend on the token and on Accept. */
function keyOf({ owner, fingerprint }: OwnerQuestion): string {
  return `GET repos of ${owner.toLowerCase()} sort=pushed per_page=${pageSize} page=1 accept=${accept} as ${fingerprint}`;
}
