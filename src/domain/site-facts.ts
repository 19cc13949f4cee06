/** What `check` found out about the machine and the forge, before anybody judges it. */
export interface SiteFacts {
  readonly scripts: readonly ScriptFacts[];
  /** `2.47.3`; null: there is no git on the PATH. */
  readonly gitVersion: string | null;
  readonly temproot: FolderFacts;
  readonly datadir: FolderFacts;
  readonly database: DatabaseFacts;
  /** null: nobody asked (`--offline`). */
  readonly forge: ForgeFacts | null;
}

export interface ScriptFacts {
  /** As configured. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** The key of `scripts` that names it, and its line. */
  readonly key: string;
  readonly line: number;
  readonly found: 'missing' | 'no_file' | 'unreadable' | 'not_executable' | 'binary' | 'text' | 'script';
  /** The program behind `#!`, as written, carriage returns and all; null without one. */
  readonly interpreter: string | null;
  /** Whether that program is there. */
  readonly interpreterFound: boolean;
}

export interface FolderFacts {
  readonly path: string;
  readonly found: 'missing' | 'no_folder' | 'folder';
  /** Whether this user may make files in it; of a missing one: whether it can be made. */
  readonly writable: boolean;
  /** Bytes that this user may still fill; null: unknown. */
  readonly freeBytes: number | null;
  /** Where its file system is mounted, with the options of the mount. */
  readonly mount: { readonly point: string; readonly options: readonly string[] } | null;
}

export type DatabaseFacts =
  | { readonly kind: 'none' | 'usable'; readonly file: string }
  | { readonly kind: 'unusable'; readonly message: string };

export interface ProgramFacts {
  /** Absolute paths. */
  readonly node: string;
  readonly launcher: string;
  readonly config: string;
}

/** What the forge says of itself, of the token and of the repositories. */
export interface ForgeFacts {
  /** What was asked, for people: `https://api.github.com`, `git@host:acme`. */
  readonly asked: string;
  /** Why it could not be asked, as a sentence with the way out; null: it answered. */
  readonly unreachable: string | null;
  /** null: the forge needs none (plain git). A refused one leaves all the rest unasked. */
  readonly token: TokenFacts | null;
  /** Null where the forge tells none. */
  readonly quota: {
    readonly limit: number;
    readonly remaining: number;
    /** Milliseconds since 1970. */
    readonly resetAt: number;
  } | null;
  /** This machine's clock less the forge's, in ms; null: it did not tell the time. */
  readonly clockAheadMs: number | null;
  /** How many of the configured repositories can be read (a glob counts with all that it means). */
  readonly readableRepos: number;
  readonly repoTroubles: readonly RepoTroubleFacts[];
}

export interface RepoTroubleFacts {
  /** One sentence with the way out. */
  readonly message: string;
  /** There is nothing to build in it (empty, archived), but nothing is wrong either. */
  readonly isHarmless: boolean;
}

export type TokenFacts =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly source: string; readonly message: string }
  | {
      readonly kind: 'accepted';
      /** For people: `GITHUB_TOKEN`, `token_file /etc/ampci/token`, `App 1234`. */
      readonly source: string;
      /** Who it speaks for; null: unknown. */
      readonly login: string | null;
      /** As GitHub's `x-oauth-scopes` has them; null: a fine-grained token or an App, which has none. */
      readonly scopes: readonly string[] | null;
      /** Milliseconds since 1970; null: never, or unknown. */
      readonly expiresAt: number | null;
    };
