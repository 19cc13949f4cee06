/** A repository at a commit, as a workspace needs it. */
export interface CheckoutSource {
  /** By which a repository is told from another one that had its name; null: not known. */
  readonly repoId: number | null;
  readonly owner: string;
  readonly name: string;
  /** The real URL that origin shall have; without credentials. */
  readonly url: string;
  /** Branch to check out by its name. */
  readonly branch: string;
  readonly sha: string;
  readonly submodules: boolean;
}
