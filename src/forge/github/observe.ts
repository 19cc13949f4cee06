import type { Clock } from '../../clock.ts';
import { withDeadline } from '../../deadline.ts';
import { UserError } from '../../user-error.ts';
import type { Credential } from '../credential.ts';
import type { Observation, ObserveRequest, WantedRepo } from '../forge.ts';
import type { Transport } from '../transport.ts';
import { type Client, openClient } from './client.ts';
import type { Fault } from './fault.ts';
import { limitMessage, standingLimit } from './limits.ts';
import { askListing } from './listing.ts';
import { createMeter, type Meter } from './meter.ts';
import type { OwnerListing } from './page.ts';

export interface Github {
  readonly apiUrl: string;
  readonly credential: Credential;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** One look. An unchanged one ends after a request for each owner and loads nothing else. */
export async function observe(github: Github, request: ObserveRequest): Promise<Observation> {
  const standing = standingLimit(request.known.limits, request.now);
  if (standing) {
    return {
      outcome: 'limited',
      until: standing.resetAt,
      message: limitMessage(standing),
      ...createMeter().asked(),
    };
  }
  const { deadlineMs: timeoutMs } = request;
  return withDeadline({ timeoutMs, signal: request.signal }, async (signal) => {
    const meter = createMeter();
    const client = await openClient({ ...github, signal, meter }).catch((error: unknown) =>
      withoutToken(error, meter, { request, signal }),
    );
    if ('outcome' in client) return client;
    const listings = await askOwners(client, github, request);
    if (listings.every(isSettled)) return { outcome: 'unchanged', ...client.meter.asked() };
    const { look } = await import('./look.ts');
    return look(client, listings, request);
  });
}

/** A private key that cannot be read, an App that was uninstalled: told once, as other outages. */
async function withoutToken(error: unknown, meter: Meter, { request, signal }: Asked): Promise<Observation> {
  if (!(error instanceof UserError)) throw error;
  const { message } = error;
  const limit = standingLimit(meter.limits(), request.now);
  const { unsuccessful } = await import('./look.ts');
  if (limit) return unsuccessful({ kind: 'limited', message, limit }, meter, request);
  return unsuccessful({ kind: signal.aborted ? 'stopped' : 'refused', message }, meter, request);
}

interface Asked {
  readonly request: ObserveRequest;
  /** The request's, or its deadline. */
  readonly signal: AbortSignal;
}

/** What concerns more than one owner: nobody else is asked then. */
const endsTheLook: readonly Fault['kind'][] = ['stopped', 'unreachable', 'unauthorized', 'limited'];

/** One after the other, since a wrong token stops at the first answer. */
async function askOwners(
  client: Client,
  { credential }: Github,
  request: ObserveRequest,
): Promise<OwnerListing[]> {
  const listings: OwnerListing[] = [];
  for (const wanted of byOwner(request.wanted)) {
    const { fingerprint } = credential;
    const owner = wanted[0]?.owner ?? '';
    const listing = await askListing(client, { owner, wanted, fingerprint, request });
    listings.push(listing);
    if (listing.kind === 'fault' && endsTheLook.includes(listing.fault.kind)) break;
  }
  return listings;
}

function byOwner(wanted: readonly WantedRepo[]): readonly (readonly WantedRepo[])[] {
  const owners = new Map<string, WantedRepo[]>();
  for (const repo of wanted) {
    const owner = repo.owner.toLowerCase();
    const others = owners.get(owner);
    if (others) others.push(repo);
    else owners.set(owner, [repo]);
  }
  return [...owners.values()];
}

function isSettled(listing: OwnerListing): boolean {
  return listing.kind === 'listing' && listing.unchanged && listing.before?.settled === true;
}
