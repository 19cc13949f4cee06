/** A branch and the commit SHA that it points to. `branch` is without `refs/heads/`; `sha` is 40 or 64 hex digits. */
export interface Head {
  readonly branch: string;
  readonly sha: string;
}

/** A repository as its forge tells it. */
export interface RemoteRepo {
  /** Stable for the repository's life, also through renames: GitHub's numeric id, or the URL for plain git. */
  readonly forgeId: string;
  readonly owner: string;
  readonly name: string;
  /** null: empty, or plain git that does not tell. */
  readonly defaultBranch: string | null;
  readonly archived: boolean;
  /** ISO 8601, as GitHub wrote it; null for plain git. A hint: it also moves for pull requests from forks. */
  readonly pushedAt: string | null;
}

/** A repository with the complete listing of its branches: never a part of it. */
export interface ObservedRepo {
  readonly repo: RemoteRepo;
  readonly heads: readonly Head[];
}
