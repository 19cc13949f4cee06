import type { ObservedRepo, RemoteRepo } from '../domain/head.ts';
import type { RepoName } from '../domain/match.ts';

/** Where heads come from. Implementations: `github` (its API) and `git` (`ls-remote`). */
export interface Forge {
  /**
   * One look at the heads of the watched repositories. Expected trouble is data, never an exception; trouble
   * with one repository never hides another. Ends within `deadlineMs`, and at once when `signal` aborts.
   */
  observe(request: ObserveRequest): Promise<Observation>;
  /** The head of one branch now (null branch: the default branch), for `ampci build`. Throws a UserError that says what is missing. */
  resolve(request: ResolveRequest): Promise<ResolvedHead>;
}

export interface ObserveRequest {
  /** What to watch, the bootstrap included. */
  readonly wanted: readonly WantedRepo[];
  /** Ask for the heads of all of them, whatever the hints say. */
  readonly full: boolean;
  readonly known: KnownState;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Time that the whole look may take, in ms. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** A repository by name, or by a glob over an owner's repositories (forks and archived ones are left out of globs). */
export interface WantedRepo {
  readonly owner: string;
  readonly name: string;
  readonly glob: boolean;
  /** The name that amp.yaml has for it, after a rename: what is called so by now, if anything is, is meant instead. */
  readonly formerly?: RepoName;
}

/** What earlier polls stored and this one may use; read lazily, so that an unchanged poll reads almost nothing. */
export interface KnownState {
  response(key: string): StoredResponse | null;
  /** All known repositories, with what the forge last said of them. */
  repos(): readonly KnownRepo[];
  readonly limits: readonly Limit[];
}

export interface KnownRepo {
  readonly forgeId: string;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string | null;
  readonly archived: boolean;
  /** `pushed_at` as of the last complete reading of its heads. */
  readonly pushedAt: string | null;
  /** A broken repository is not asked before this time (ms since 1970); 0: at any time. */
  readonly askAfter: number;
}

/** A conditional response. `key` holds the method's URL, page, Accept and the credential's fingerprint, never the credential. */
export interface StoredResponse {
  readonly key: string;
  readonly etag: string;
  /** What a 304 stands for, as the forge adapter wrote it (JSON): e.g. whether a next page exists. */
  readonly summary: string;
}

/** A quota of the API. `remaining` null: a secondary limit, where only the time counts. */
export interface Limit {
  /** `core`, `graphql` or `secondary`. */
  readonly resource: string;
  readonly limit: number | null;
  readonly remaining: number | null;
  /** Milliseconds since 1970: no request of this resource before then when nothing remains. */
  readonly resetAt: number;
}

export type Observation =
  /** Nothing was pushed anywhere since the last look (304), and nothing else was asked. */
  | ({ readonly outcome: 'unchanged' } & Asked)
  | ({
      readonly outcome: 'observed';
      /** True only if every watched repository was asked for all its heads (those in `troubles` apart). */
      readonly full: boolean;
      /** Why some that were to be asked were not, as the rest of a sentence: the deadline, a limit. null: all were. */
      readonly cut: string | null;
      /** Complete listings only. Repos that were not asked for heads are absent. */
      readonly repos: readonly ObservedRepo[];
      /**
       * Repositories that match the configuration, whether or not their heads were read this time. Also those that
       * were left alone because of `askAfter`; in a full look, all but those that `troubles` names. Once also those that
       * a glob had and does not fit any more, under the names that they have now.
       */
      readonly seen: readonly RemoteRepo[];
      /** Former names that led to repositories of `seen`; none where the forge does not tell. */
      readonly redirects: readonly Redirect[];
      readonly troubles: readonly RepoTrouble[];
      /** To store in the same transaction as the heads. */
      readonly responses: readonly StoredResponse[];
    } & Asked)
  /** A limit forbids asking before `until` (ms since 1970). No request was made where it was a stored one. */
  | ({ readonly outcome: 'limited'; readonly until: number; readonly message: string } & Asked)
  /** The forge could not be asked: network, time-out, 401, a listing that lies. `message` is one sentence with the way out. */
  | ({ readonly outcome: 'failed'; readonly message: string } & Asked);

/** The name that a repository was asked for by, which is called otherwise now. */
export interface Redirect {
  readonly forgeId: string;
  readonly owner: string;
  readonly name: string;
}

/** What a look cost, and the quotas that the answers named. */
export interface Asked {
  readonly requests: number;
  /** Quota points by the forge's own accounting: a 304 costs none. */
  readonly points: number;
  readonly limits: readonly Limit[];
  /** When the token ends (ms since 1970), if the forge says so; else null. */
  readonly tokenExpiresAt: number | null;
}

export interface RepoTrouble {
  readonly owner: string;
  readonly name: string;
  /** null when it was never seen. */
  readonly forgeId: string | null;
  readonly kind: 'missing' | 'forbidden' | 'empty' | 'archived' | 'unreadable';
  /** One sentence that names the repository and the way out. */
  readonly message: string;
}

export interface ResolveRequest {
  readonly owner: string;
  readonly name: string;
  readonly branch: string | null;
  readonly signal: AbortSignal;
}

export interface ResolvedHead {
  readonly repo: RemoteRepo;
  readonly branch: string;
  readonly sha: string;
}
