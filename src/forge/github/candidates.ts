import { matchesGlob } from '../../domain/glob.ts';
import type { RepoName } from '../../domain/match.ts';
import type { KnownRepo, WantedRepo } from '../forge.ts';
import type { ListedRepo, Listing } from './page.ts';

/** A watched repository with all that is known of it before its heads are asked for. */
export interface Candidate {
  /** Whom to ask for; a former name leads to the repository as well. */
  readonly owner: string;
  readonly name: string;
  /** The configuration names it, rather than a glob. */
  readonly named: boolean;
  readonly listed: ListedRepo | null;
  /** As stored; null: never seen. */
  readonly known: KnownRepo | null;
  /** The listing does not show it, so no push to it would be noticed there. */
  readonly unlisted: boolean;
}

export interface Sources {
  /** All that could be read: a former name may be in another than the repository that had it. */
  readonly listings: readonly Listing[];
  readonly known: readonly KnownRepo[];
}

/** Which repositories of an owner are watched, from its listing, what is stored and the configuration. */
export function candidatesOf(listing: Listing, sources: Sources): Candidate[] {
  const index = indexOf(listing, sources);
  const named = listing.wanted.filter(({ glob }) => !glob).map((repo) => namedCandidate(index, repo));
  const all = [...named, ...globCandidates(index)];
  const unique = new Map(all.toReversed().map((candidate) => [identity(candidate), candidate]));
  return [...unique.values()].toReversed();
}

function identity({ owner, name, listed, known }: Candidate): string {
  return listed?.forgeId ?? known?.forgeId ?? fold(`${owner}/${name}`);
}

interface Index {
  readonly listing: Listing;
  /** By owner/name, of all listings. */
  readonly listedByName: ReadonlyMap<string, ListedRepo>;
  readonly listedById: ReadonlyMap<string, ListedRepo>;
  readonly knownByName: ReadonlyMap<string, KnownRepo>;
  readonly knownById: ReadonlyMap<string, KnownRepo>;
}

function indexOf(listing: Listing, { listings, known }: Sources): Index {
  const listed = listings.flatMap(({ repos }) => repos);
  return {
    listing,
    listedByName: new Map(listed.map((repo) => [summaryName(repo), repo])),
    listedById: new Map(listing.repos.map((repo) => [repo.forgeId, repo])),
    knownByName: new Map(known.map((repo) => [summaryName(repo), repo])),
    knownById: new Map(known.map((repo) => [repo.forgeId, repo])),
  };
}

/** GitHub's names do not distinguish case. */
export function fold(name: string): string {
  return name.toLowerCase();
}

/** The name as it is now wins, so that a new repository under a former name is that one; else the id is followed. */
function namedCandidate(index: Index, wanted: WantedRepo): Candidate {
  const { owner, name, formerly = wanted } = wanted;
  const stored = index.knownByName.get(summaryName(wanted)) ?? null;
  const isNow = (repo: RepoName) => index.listedByName.get(summaryName(repo));
  const listed = isNow(formerly) ?? isNow(wanted) ?? index.listedById.get(stored?.forgeId ?? '') ?? null;
  const known = listed ? (index.knownById.get(listed.forgeId) ?? placeholder(stored)) : stored;
  return {
    owner: listed?.owner ?? owner,
    name: listed?.name ?? name,
    named: true,
    listed,
    known,
    unlisted: isUnlisted(index, listed, known),
  };
}

/** What was asked for in vain so far is stored under an id that is not GitHub's. */
function placeholder(stored: KnownRepo | null): KnownRepo | null {
  return stored && !isSeen(stored) ? stored : null;
}

/** Whether the repository itself was seen, not only its configured name. */
export function isSeen(known: KnownRepo): boolean {
  return /^\d+$/.test(known.forgeId);
}

/** The test for a name that a glob of the configuration fits; forks and archived repositories are the caller's. */
export function globFilter(wanted: readonly WantedRepo[]): (name: string) => boolean {
  const globs = wanted.filter(({ glob }) => glob).map(({ name }) => fold(name));
  return (name) => globs.some((glob) => matchesGlob(glob, fold(name)));
}

function globCandidates(index: Index): Candidate[] {
  const { listing, listedById, listedByName, knownById } = index;
  const isWanted = globFilter(listing.wanted);
  // What a glob had under another name is looked at once more, so that its leaving is noticed.
  const wasWanted = (known: KnownRepo | undefined) =>
    known !== undefined && fold(known.owner) === fold(listing.owner) && isWanted(known.name);
  const listed = listing.repos.filter(
    (repo) => !repo.fork && !repo.archived && (isWanted(repo.name) || wasWanted(knownById.get(repo.forgeId))),
  );
  // Where the listing shows its name, that is another one's by now.
  const isUnseen = (repo: KnownRepo) => !listedById.has(repo.forgeId) && !listedByName.has(summaryName(repo));
  const unseen = [...knownById.values()].filter((repo) => isSeen(repo) && isUnseen(repo) && wasWanted(repo));
  return [
    ...listed.map((repo) => ({
      owner: repo.owner,
      name: repo.name,
      named: false,
      listed: repo,
      known: knownById.get(repo.forgeId) ?? null,
      unlisted: false,
    })),
    ...unseen.map((known) => ({
      owner: known.owner,
      name: known.name,
      named: false,
      listed: null,
      known,
      unlisted: isUnlisted(index, null, known),
    })),
  ];
}

/** A complete listing shows it; otherwise the last complete one is believed. */
function isUnlisted({ listing }: Index, listed: ListedRepo | null, known: KnownRepo | null): boolean {
  if (listed) return false;
  if (listing.complete) return true;
  return known !== null && (listing.before?.unlisted.includes(known.forgeId) ?? false);
}

/** How a summary calls a repository: by a name, since what was never seen has no id. */
export function summaryName({ owner, name }: RepoName): string {
  return fold(`${owner}/${name}`);
}
