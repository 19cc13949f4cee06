import type { Reason } from './build.ts';

/** What was decided about a head when it was seen; stored then, told by `why`. */
export type Verdict =
  /** Queued as `buildId`. */
  | { readonly kind: 'build'; readonly reason: Reason }
  /** A queued build of the same branch takes this newer SHA. */
  | { readonly kind: 'coalesced' }
  /** The repository's first poll took the branch as seen: `first_poll`. */
  | { readonly kind: 'taken_as_seen'; readonly setting: 'default_branch' | 'none' }
  /** `branches` leaves it out; `pattern` is the deciding one (null: no pattern matches it) at `line` of amp.yaml. */
  | { readonly kind: 'ignored'; readonly pattern: string | null; readonly line: number }
  /** No key of `scripts` fits. */
  | { readonly kind: 'no_scripts' }
  /** It vanished and came back at the SHA that was last built, beside the bootstrap of now where that matters. */
  | { readonly kind: 'already_built' }
  /** Two full polls missed the branch; a queued build of it is cancelled. */
  | { readonly kind: 'forgotten' };

/** A decision as it is planned, before it has an id. `sha` null: the branch is gone. */
export interface Decision {
  readonly branch: string;
  readonly sha: string | null;
  readonly previousSha: string | null;
  readonly verdict: Verdict;
}
