import type { ObservedRepo } from '../../domain/head.ts';
import type { Observation, ObserveRequest } from '../forge.ts';
import { askHeads } from './ask-heads.ts';
import { candidatesOf, type Sources } from './candidates.ts';
import type { Client } from './client.ts';
import { dueOf } from './due.ts';
import type { Fault } from './fault.ts';
import { type Finding, findingOf, redirectOf, type Watched } from './finding.ts';
import type { Meter } from './meter.ts';
import { ownerTroubles } from './owner-troubles.ts';
import type { Listing, OwnerListing } from './page.ts';
import { responseOf } from './response.ts';

/** Goes on where a listing changed, or something is left to be asked: reads the heads that are due. */
export async function look(
  client: Client,
  listings: readonly OwnerListing[],
  request: ObserveRequest,
): Promise<Observation> {
  const faults = listings.filter((listing) => listing.kind === 'fault');
  const read = listings.filter((listing) => listing.kind === 'listing');
  const decisive =
    faults.find(({ fault }) => fault.kind === 'unauthorized') ?? (read.length === 0 ? faults[0] : null);
  if (decisive) return unsuccessful(decisive.fault, client.meter, request);

  const known = request.known.repos();
  const watched = read.flatMap((listing) => watchedOf(listing, { listings: read, known }, request));
  const questions = inOrder(watched.filter(({ due }) => due === 'asked'));
  if (questions.length === 0 && faults.length === 0 && read.every(({ unchanged }) => unchanged)) {
    return { outcome: 'unchanged', ...client.meter.asked() };
  }

  const { answers, fault } = await askHeads(client, questions);
  const isFruitless = fault !== null && (fault.kind === 'unauthorized' || answers.size === 0);
  if (isFruitless || request.signal.aborted) return unsuccessful(fault ?? stopped, client.meter, request);

  const findings = watched.map((repo) => findingOf(repo, answers.get(repo) ?? null));
  const owners = faults.map((listing) => ({
    ...ownerTroubles(listing, known, request.now),
    fault: listing.fault,
  }));
  const silent = owners.find(({ isSilent }) => isSilent);
  if (silent) return unsuccessful(silent.fault, client.meter, request);
  return {
    outcome: 'observed',
    full: request.full && findings.every(({ unread }) => !unread) && isEveryOwnerIn(listings, request),
    cut: fault && reasonOf(fault, request),
    repos: unique(findings.flatMap(({ observed }) => observed ?? [])),
    seen: [...findings.flatMap(({ seen }) => seen ?? []), ...owners.flatMap(({ seen }) => seen)],
    redirects: findings.flatMap((finding) => redirectOf(finding) ?? []),
    troubles: [
      ...findings.flatMap(({ trouble }) => trouble ?? []),
      ...owners.flatMap(({ troubles }) => troubles),
    ],
    responses: read.flatMap((listing) => responseOf(listing, findingsOf(listing, findings)) ?? []),
    ...client.meter.asked(),
  };
}

/** A former name leads to a repository that is asked for by its new name as well. */
function unique(repos: readonly ObservedRepo[]): ObservedRepo[] {
  return [...new Map(repos.map((observed) => [observed.repo.forgeId, observed])).values()];
}

const stopped: Fault = { kind: 'stopped', message: '' };

function watchedOf(listing: Listing, sources: Sources, request: ObserveRequest): Watched[] {
  const { full, now } = request;
  const { before, unchanged } = listing;
  return candidatesOf(listing, sources).map((candidate) => ({
    ...candidate,
    listing,
    due: dueOf(candidate, { full, now, before, unchanged }),
  }));
}

/** What moved comes first: a look that has to end early has then read what matters. */
function inOrder(watched: readonly Watched[]): Watched[] {
  const hasMoved = ({ listed, known }: Watched) => listed !== null && listed.pushedAt !== known?.pushedAt;
  return [...watched.filter(hasMoved), ...watched.filter((repo) => !hasMoved(repo))];
}

function findingsOf(listing: Listing, findings: readonly Finding[]): Finding[] {
  return findings.filter(({ watched }) => watched.listing === listing);
}

function isEveryOwnerIn(listings: readonly OwnerListing[], { wanted }: ObserveRequest): boolean {
  const owners = new Set(listings.map(({ owner }) => owner.toLowerCase()));
  return wanted.every(({ owner }) => owners.has(owner.toLowerCase()));
}

export function unsuccessful(fault: Fault, meter: Meter, request: ObserveRequest): Observation {
  const asked = meter.asked();
  const message = reasonOf(fault, request);
  if (fault.limit) return { outcome: 'limited', until: fault.limit.resetAt, message, ...asked };
  return { outcome: 'failed', message, ...asked };
}

function reasonOf({ kind, message }: Fault, { signal, deadlineMs }: ObserveRequest): string {
  if (kind !== 'stopped') return message;
  return signal.aborted
    ? 'the look was stopped'
    : `GitHub gave no whole answer within ${deadlineMs / 1000} s`;
}
