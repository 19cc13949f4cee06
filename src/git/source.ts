/** A repository at a commit, as a workspace needs it. */
export interface CheckoutSource {
  readonly owner: string;
  readonly name: string;
  /** The real URL that origin shall have; without credentials. */
  readonly url: string;
  /** Branch to check out by its name. */
  readonly branch: string;
  readonly sha: string;
  readonly submodules: boolean;
}
