import type { StoredResponse } from '../forge.ts';
import { isSeen, summaryName } from './candidates.ts';
import type { Finding } from './finding.ts';
import type { Listing } from './page.ts';
import { type ListingSummary, wantedText } from './summary.ts';

/** What to store with the heads; null: nothing, since the next look has to ask again. */
export function responseOf(listing: Listing, findings: readonly Finding[]): StoredResponse | null {
  if (listing.etag === null || findings.some(({ unread }) => unread)) return null;
  return { key: listing.key, etag: listing.etag, summary: JSON.stringify(summaryOf(listing, findings)) };
}

function summaryOf(listing: Listing, findings: readonly Finding[]): ListingSummary {
  const unlisted = findings.flatMap((finding) => unlistedId(finding) ?? []);
  return {
    path: listing.path,
    wanted: wantedText(listing.wanted),
    newest: listing.unchanged ? (listing.before?.newest ?? null) : newestOf(listing),
    unlisted,
    troubled: Object.fromEntries(findings.flatMap(troubledEntry)),
    settled: unlisted.length === 0 && findings.every(isSettled),
  };
}

/** Written by GitHub in one format, which sorts as text. */
function newestOf({ repos }: Listing): string | null {
  return repos.reduce<string | null>((newest, { pushedAt }) => {
    return pushedAt !== null && (newest === null || pushedAt > newest) ? pushedAt : newest;
  }, null);
}

function unlistedId({ watched, observed, left }: Finding): string | null {
  if (left || watched.listed || (!watched.unlisted && watched.known !== null)) return null;
  return observed?.repo.forgeId ?? (watched.known && isSeen(watched.known) ? watched.known.forgeId : null);
}

/** A push, or its appearance in the listing, says of these that they may be well again. */
const mendable: readonly string[] = ['empty', 'missing', 'forbidden'];

function troubledEntry({ watched, trouble }: Finding): [string, string | null][] {
  const name = summaryName(watched);
  if (trouble !== null && mendable.includes(trouble.kind)) return [[name, watched.listed?.pushedAt ?? null]];
  const before = watched.listing.before?.troubled[name];
  return watched.due === 'waiting' && before !== undefined ? [[name, before]] : [];
}

function isSettled({ watched, trouble }: Finding): boolean {
  if (trouble !== null) return trouble.kind === 'archived';
  return watched.due !== 'waiting' || watched.known === null;
}
