import type { Candidate } from './candidates.ts';
import { isSeen, summaryName } from './candidates.ts';
import type { ListingSummary } from './summary.ts';

export interface DueAt {
  /** All heads are asked for. */
  readonly full: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly before: ListingSummary | null;
  /** The listing is as it was (304). */
  readonly unchanged: boolean;
}

/** `asked`: for its heads. `archived`: nothing can move there. `waiting`: it is in trouble and is not asked yet. */
export type Due = 'asked' | 'archived' | 'waiting' | 'unmoved';

/** Whether a repository's heads are asked for in this look. */
export function dueOf(candidate: Candidate, at: DueAt): Due {
  const { listed, known } = candidate;
  const isRead = known !== null && isSeen(known) && known.pushedAt !== null;
  const hasMoved = listed !== null && listed.pushedAt !== known?.pushedAt;
  if (isRead && !hasMoved && (listed ?? known).archived) return 'archived';
  if (isWaiting(candidate, at)) return 'waiting';
  const isTroubled = known !== null && known.askAfter > 0;
  const isDue = at.full || !isRead || hasMoved || isTroubled || candidate.unlisted;
  return isDue ? 'asked' : 'unmoved';
}

function isWaiting(candidate: Candidate, { now, before, unchanged }: DueAt): boolean {
  const { known, listed } = candidate;
  // It was asked for in vain when the listing was read, and that has not changed.
  if (known === null) return unchanged;
  if (known.askAfter <= now) return false;
  // Nothing but that was wrong with it.
  if (known.archived && listed?.archived === false) return false;
  const troubledAt = before?.troubled[summaryName(candidate)];
  const hasMovedSince = listed !== null && troubledAt !== undefined && listed.pushedAt !== troubledAt;
  return !hasMovedSince;
}
