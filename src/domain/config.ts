/** What amp.yaml says, defaults filled in. Plain data: it survives JSON, because a parsed form is cached. */
export interface Config {
  /** Absolute path of amp.yaml; relative script names are looked up beside it. */
  readonly file: string;
  /** Server part of `baseurl`, without the owner and without a trailing slash: `https://github.com`, `file:///srv/git`. */
  readonly server: string;
  /** Owner part of `baseurl`: the last segment of its path. */
  readonly owner: string;
  readonly forge: ForgeKind;
  /** REST root, `https://api.github.com` or `https://HOST/api/v3`; null for `forge: git`. */
  readonly apiUrl: string | null;
  readonly repos: readonly RepoSetting[];
  /** Name (or owner/name) of the bootstrap repository, null for none. */
  readonly bootstrap: string | null;
  /** null: its default branch. */
  readonly bootstrapBranch: string | null;
  readonly bootstrapRebuilds: 'default_branch' | readonly string[];
  readonly firstPoll: 'default_branch' | 'none' | 'all';
  readonly branches: PatternList | null;
  readonly scripts: Scripts;
  readonly workers: number;
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly temproot: string;
  readonly datadir: string;
  readonly keepWorkspace: 'never' | 'on_failure';
  readonly fullPollEveryMs: number;
  readonly maxLogSizeBytes: number;
  readonly minFreeDiskBytes: number;
  readonly retention: { readonly builds: number; readonly days: number };
  readonly env: readonly EnvSetting[];
  readonly submodules: boolean;
  readonly credential: CredentialSetting;
  readonly logFormat: 'text' | 'json';
  /** Keys of the predecessor that are accepted and do nothing (`host`, `port`); `check` mentions them. */
  readonly ignoredKeys: readonly string[];
}

export type ForgeKind = 'github' | 'git';

/** Where the token comes from when the environment has neither GITHUB_TOKEN nor GH_TOKEN. */
export type CredentialSetting =
  | { readonly kind: 'environment' }
  | { readonly kind: 'token_file'; readonly path: string }
  | {
      readonly kind: 'app';
      readonly id: number;
      /** null: the app's installation for the owner. */
      readonly installationId: number | null;
      readonly privateKeyFile: string;
    };

/** Globs, `!` excludes; `line` is where amp.yaml has them, for `why`. */
export interface PatternList {
  readonly patterns: readonly string[];
  readonly line: number;
}

export interface EnvSetting {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
}

/** An entry of `repos`: a name or a glob of an owner, with what it overrides (null: the top level's). */
export interface RepoSetting {
  readonly owner: string;
  /** Repository name, or a glob over the owner's repositories. */
  readonly name: string;
  readonly glob: boolean;
  readonly branches: PatternList | null;
  readonly scripts: Scripts | null;
  readonly timeoutMs: number | null;
  readonly submodules: boolean | null;
  readonly env: readonly EnvSetting[] | null;
  readonly line: number;
}

/** Key (branch, full ref, glob, repo name or `*`) to the scripts to run in order, in the file's order. */
export type Scripts = readonly ScriptsEntry[];

export interface ScriptsEntry {
  readonly key: string;
  /** As written; relative ones are beside amp.yaml. */
  readonly scripts: readonly string[];
  readonly line: number;
}
