import { withDeadline } from '../../deadline.ts';
import type { ObservedRepo, RemoteRepo } from '../../domain/head.ts';
import type { Listing } from '../../domain/listing.ts';
import { UserError } from '../../user-error.ts';
import type { ForgeSettings } from '../factory.ts';
import type { KnownRepo, Observation, ObserveRequest, RepoTrouble } from '../forge.ts';
import { type Target, targetsOf } from './targets.ts';

/** More at once would be a burden on the server, and on a machine that has a build to run. */
const atOnce = 16;
const timeoutMs = 20_000;

/** Asks every watched repository for all its heads, except those that are in trouble and not to be asked yet. */
export async function observe(settings: ForgeSettings, request: ObserveRequest): Promise<Observation> {
  const targets = mended(() => targetsOf(settings.config, request.wanted));
  if ('message' in targets) return { outcome: 'failed', message: targets.message, ...cost(0) };
  const known = new Map(request.known.repos().map((repo) => [repo.forgeId, repo]));
  const isWaiting = ({ url }: Target) => (known.get(url)?.askAfter ?? 0) > request.now;
  const asked = targets.filter((target) => !isWaiting(target));
  const listings = await listAll(settings, asked, request);
  return toObservation({
    request,
    listings,
    asked: asked.length,
    waiting: targets.filter(isWaiting).flatMap(({ url }) => known.get(url) ?? []),
  });
}

function mended<T>(use: () => T): T | UserError {
  try {
    return use();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

type Listings = ReadonlyMap<Target, Listing>;

/** What the deadline or a signal cuts off is absent. */
async function listAll(
  { listRemote }: ForgeSettings,
  targets: readonly Target[],
  { signal, deadlineMs, now }: ObserveRequest,
): Promise<Listings> {
  const listings = new Map<Target, Listing>();
  const queue = inTurn(targets, now);
  await withDeadline({ timeoutMs: deadlineMs, signal }, async (ending) => {
    const work = async () => {
      for (let target = queue.shift(); target && !ending.aborted; target = queue.shift()) {
        const listing = await listRemote(target.url, { signal: ending, timeoutMs });
        if (!ending.aborted) listings.set(target, listing);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  });
  // In the order of the configuration, not of the answers: what is queued at once is built in this order.
  return new Map(targets.flatMap((target) => pairOf(target, listings.get(target))));
}

/**
 * Each look begins elsewhere, or a deadline would always cut off the same ones. Multiples of the golden ratio lie
 * evenly on a circle, whatever the rhythm of the looks.
 */
function inTurn(targets: readonly Target[], now: number): Target[] {
  const turn = ((now / 1000) * 0.618034) % 1;
  const first = Math.floor(turn * targets.length);
  return [...targets.slice(first), ...targets.slice(0, first)];
}

function pairOf(target: Target, listing: Listing | undefined): [Target, Listing][] {
  return listing ? [[target, listing]] : [];
}

interface Listed {
  readonly request: ObserveRequest;
  readonly listings: Listings;
  readonly asked: number;
  readonly waiting: readonly KnownRepo[];
}

function toObservation({ request, listings, asked, waiting }: Listed): Observation {
  const repos = [...listings].flatMap(([target, listing]) => observedRepo(target, listing) ?? []);
  const troubles = [...listings].flatMap(([target, listing]) => troubleOf(target, listing) ?? []);
  const failure = failureOf({ repos, troubles, asked, request });
  if (failure !== null) return { outcome: 'failed', message: failure, ...cost(listings.size) };
  return {
    outcome: 'observed',
    full: listings.size === asked,
    cut: cutOf(listings.size, asked, request),
    repos,
    seen: [...repos.map(({ repo }) => repo), ...waiting.flatMap((repo) => seenBefore(repo) ?? [])],
    redirects: [],
    troubles,
    responses: [],
    ...cost(listings.size),
  };
}

function cutOf(listed: number, asked: number, { deadlineMs }: ObserveRequest): string | null {
  if (listed === asked) return null;
  return `${asked - listed} of ${asked} repositories could not be listed within ${deadlineMs / 1000} s`;
}

function cost(requests: number) {
  return { requests, points: 0, limits: [], tokenExpiresAt: null };
}

function remoteRepo({ owner, name, url }: Target, defaultBranch: string | null): RemoteRepo {
  return { forgeId: url, owner, name, defaultBranch, archived: false, pushedAt: null };
}

/** An empty list is never "no branches". */
function observedRepo(target: Target, listing: Listing): ObservedRepo | null {
  if (listing.kind === 'trouble' || listing.heads.length === 0) return null;
  return { repo: remoteRepo(target, listing.defaultBranch), heads: listing.heads };
}

function troubleOf({ owner, name, url }: Target, listing: Listing): RepoTrouble | null {
  const trouble = { owner, name, forgeId: url };
  if (listing.kind === 'trouble') return { ...trouble, kind: listing.trouble, message: listing.message };
  if (listing.heads.length > 0) return null;
  return { ...trouble, kind: 'empty', message: `${url} has no branches: push one, or take it out of repos` };
}

function seenBefore({ askAfter: _, ...repo }: KnownRepo): RemoteRepo {
  return repo;
}

interface Result extends Pick<Listed, 'request' | 'asked'> {
  readonly repos: readonly ObservedRepo[];
  readonly troubles: readonly RepoTrouble[];
}

/** When nobody answers, or all are refused alike, it is the server's trouble (or the token's) and told once; null: it is not. */
function failureOf({ repos, troubles, asked, request }: Result): string | null {
  if (request.signal.aborted) return 'the look was stopped';
  const [first] = troubles;
  if (repos.length > 0 || asked === 0) return null;
  if (!first)
    return `no repository could be listed within ${request.deadlineMs / 1000} s: check the network and the server`;
  const isAlike = first.kind !== 'empty' && troubles.every(({ kind }) => kind === first.kind);
  if (!isAlike || (troubles.length === 1 && first.kind !== 'unreadable')) return null;
  return troubles.length === 1 ? first.message : `${first.message} (and ${troubles.length - 1} more like it)`;
}
