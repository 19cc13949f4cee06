import type { ObservedRepo, RemoteRepo } from '../../domain/head.ts';
import type { Redirect, RepoTrouble } from '../forge.ts';
import type { RepoAnswer } from './ask-heads.ts';
import { type Candidate, fold, globFilter, isSeen, summaryName } from './candidates.ts';
import type { Due } from './due.ts';
import type { Listing } from './page.ts';

export interface Watched extends Candidate {
  readonly listing: Listing;
  readonly due: Due;
}

/** What a look found out about one watched repository. */
export interface Finding {
  readonly watched: Watched;
  /** It was to be asked, and the look ended before. */
  readonly unread: boolean;
  readonly observed: ObservedRepo | null;
  readonly seen: RemoteRepo | null;
  /** A glob had it, which is not about it any more. */
  readonly left: boolean;
  readonly trouble: RepoTrouble | null;
}

/** `answer` null: none was asked for, or none came. */
export function findingOf(watched: Watched, answer: RepoAnswer | null): Finding {
  const unread = watched.due === 'asked' && answer === null;
  const nothing = { watched, unread, observed: null, seen: watched.listed, left: false, trouble: null };
  const repo = answer?.kind === 'heads' ? answer.repo : watched.listed;
  // Seen by its new name: the configuration may have it by that.
  if (!watched.named && repo && isElsewhere(watched, repo)) return { ...nothing, seen: repo, left: true };
  if (watched.due === 'archived') return { ...nothing, trouble: archivedTrouble(watched) };
  if (watched.due === 'waiting') return { ...nothing, seen: watched.listed ?? seenBefore(watched) };
  if (answer === null) return nothing;
  if (answer.kind !== 'heads')
    return { ...nothing, trouble: troubleOf(watched, answer.kind, answer.message) };
  if (!watched.named && (answer.fork || answer.repo.archived)) return { ...nothing, seen: null, left: true };
  const seen = mergedRepo(watched, answer.repo);
  if (answer.empty) return { ...nothing, seen, trouble: emptyTrouble(watched, seen) };
  return { ...nothing, seen, observed: { repo: seen, heads: answer.heads } };
}

/** null: it was not asked for by its name in the configuration, or is called so. */
export function redirectOf({ watched, seen }: Finding): Redirect | null {
  if (!watched.named || seen === null || summaryName(watched) === summaryName(seen)) return null;
  return { forgeId: seen.forgeId, owner: watched.owner, name: watched.name };
}

/** A glob is about the repositories that its owner has by now, under the names that they have by now. */
function isElsewhere({ listing }: Watched, { owner, name }: RemoteRepo): boolean {
  return fold(owner) !== fold(listing.owner) || !globFilter(listing.wanted)(name);
}

/**
 * The listing's `pushed_at` is older than the heads: a push between the two is then seen once more instead of
 * never.
 */
function mergedRepo({ listed }: Watched, repo: RemoteRepo): RemoteRepo {
  return listed?.forgeId === repo.forgeId ? { ...repo, pushedAt: listed.pushedAt } : repo;
}

function seenBefore({ known }: Watched): RemoteRepo | null {
  if (known === null || !isSeen(known)) return null;
  const { askAfter: _, ...repo } = known;
  return repo;
}

function archivedTrouble(watched: Watched): RepoTrouble | null {
  if (!watched.named) return null;
  const message = `${watched.owner}/${watched.name} is archived: nothing can be pushed to it; take it out of repos in amp.yaml`;
  return troubleOf(watched, 'archived', message);
}

function emptyTrouble(watched: Watched, repo: RemoteRepo): RepoTrouble {
  const message = `${repo.owner}/${repo.name} is empty: push a branch to it, or take it out of repos in amp.yaml`;
  return { ...troubleOf(watched, 'empty', message), ...identityOf(repo) };
}

function identityOf({ forgeId, owner, name }: RemoteRepo): Pick<RepoTrouble, 'forgeId' | 'owner' | 'name'> {
  return { forgeId, owner, name };
}

function troubleOf(watched: Watched, kind: RepoTrouble['kind'], message: string): RepoTrouble {
  const { owner, name, listed, known } = watched;
  const forgeId = listed?.forgeId ?? (known && isSeen(known) ? known.forgeId : null);
  return { owner, name, forgeId, kind, message };
}
