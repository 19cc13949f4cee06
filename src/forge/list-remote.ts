import type { Head } from '../domain/head.ts';

/** `git ls-remote` with full refs. Injected, because git has one door. What a server may do is data, not an exception. */
export type ListRemote = (url: string, patience: ListPatience) => Promise<RemoteListing>;

export interface ListPatience {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export type RemoteListing =
  /** `defaultBranch` null: the server does not tell. */
  | { readonly kind: 'listed'; readonly defaultBranch: string | null; readonly heads: readonly Head[] }
  | {
      readonly kind: 'trouble';
      readonly trouble: 'missing' | 'forbidden' | 'empty' | 'unreadable';
      /** One sentence that names the URL and the way out. */
      readonly message: string;
    };
