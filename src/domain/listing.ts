import type { Head } from './head.ts';

/** All branches of a repository as its server lists them, or why there is no complete list. What a server may do is data, not an exception. */
export type Listing =
  /** `defaultBranch` null: the server does not tell. */
  | { readonly kind: 'listed'; readonly defaultBranch: string | null; readonly heads: readonly Head[] }
  | {
      readonly kind: 'trouble';
      readonly trouble: 'missing' | 'forbidden' | 'empty' | 'unreadable';
      /** One sentence that names the URL and the way out. */
      readonly message: string;
    };

export interface ListPatience {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** `git ls-remote` with full refs. Handed to the forges, because git has one door. */
export type ListRemote = (url: string, patience: ListPatience) => Promise<Listing>;
