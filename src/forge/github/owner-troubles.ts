import type { RemoteRepo } from '../../domain/head.ts';
import type { KnownRepo, RepoTrouble } from '../forge.ts';
import { fold, globFilter, isSeen } from './candidates.ts';
import type { Fault } from './fault.ts';
import type { OwnerListing } from './page.ts';

type Refused = Extract<OwnerListing, { kind: 'fault' }>;

export interface OwnerTroubles {
  readonly troubles: readonly RepoTrouble[];
  readonly seen: readonly RemoteRepo[];
  /** There is no repository to tell the trouble of. */
  readonly isSilent: boolean;
}

/** An owner whose listing cannot be read, beside others whose can: the trouble of each of its watched repositories. */
export function ownerTroubles(
  { owner, wanted, fault }: Refused,
  known: readonly KnownRepo[],
  now: number,
): OwnerTroubles {
  const isWanted = globFilter(wanted);
  const ours = known.filter((repo) => fold(repo.owner) === fold(owner));
  const byName = new Map(ours.map((repo) => [fold(repo.name), repo]));
  const named = wanted.filter(({ glob }) => !glob).map(({ name }) => name);
  const found = ours.filter((repo) => isSeen(repo) && isWanted(repo.name)).map(({ name }) => name);
  const names = [...new Set([...named, ...found].map(fold))];
  const isWaiting = (name: string) => (byName.get(name)?.askAfter ?? 0) > now;
  return {
    isSilent: names.length === 0,
    troubles: names
      .filter((name) => !isWaiting(name))
      .map((name) => troubleOf(byName.get(name) ?? { owner, name: spelt(named, name) }, fault)),
    seen: names.flatMap((name) => {
      const repo = byName.get(name);
      return repo && isSeen(repo) && isWaiting(name) ? [remoteRepo(repo)] : [];
    }),
  };
}

function spelt(names: readonly string[], folded: string): string {
  return names.find((name) => fold(name) === folded) ?? folded;
}

function remoteRepo({ askAfter: _, ...repo }: KnownRepo): RemoteRepo {
  return repo;
}

function troubleOf(repo: { owner: string; name: string } | KnownRepo, { kind, message }: Fault): RepoTrouble {
  const forgeId = 'forgeId' in repo && isSeen(repo) ? repo.forgeId : null;
  const troubleKind = kind === 'forbidden' || kind === 'missing' ? kind : 'unreadable';
  const { owner, name } = repo;
  return { owner, name, forgeId, kind: troubleKind, message: `${owner}/${name}: ${message}` };
}
