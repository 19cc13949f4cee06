import type { Config, EnvSetting, PatternList, RepoSetting, Scripts, ScriptsEntry } from './config.ts';
import { isGlob, matchesGlob } from './glob.ts';
import { parseRepoName } from './repo-name.ts';

/** A repository's settings: its entry of `repos` over the top level. */
export interface RepoSettings {
  readonly branches: PatternList | null;
  readonly scripts: Scripts;
  readonly timeoutMs: number;
  readonly submodules: boolean;
  readonly env: readonly EnvSetting[];
}

export interface RepoName {
  readonly owner: string;
  readonly name: string;
}

export type Watch =
  | { readonly watched: true }
  /** `pattern` is the exclude that decided, null when no pattern fits; `line` is the list's, or the pattern's, in amp.yaml. */
  | { readonly watched: false; readonly pattern: string | null; readonly line: number };

/**
 * Whether `branches` (null: every branch) lets a branch through. The last pattern that fits decides, as in
 * GitHub Actions, except that excludes which stand before the first include hold for the whole list: a list
 * of nothing but excludes takes every other branch.
 */
export function watchesBranch(list: PatternList | null, branch: string): Watch {
  if (list === null) return { watched: true };
  const decisive = byWeight(list.patterns).findLast((pattern) => fitsBranch(withoutBang(pattern), branch));
  const onlyExcludes = list.patterns.every(isExclude);
  if (decisive === undefined ? onlyExcludes : !isExclude(decisive)) return { watched: true };
  return { watched: false, pattern: decisive ?? null, line: list.line };
}

function byWeight(patterns: readonly string[]): readonly string[] {
  const firstInclude = patterns.findIndex((pattern) => !isExclude(pattern));
  return firstInclude < 0 ? patterns : [...patterns.slice(firstInclude), ...patterns.slice(0, firstInclude)];
}

function isExclude(pattern: string): boolean {
  return pattern.startsWith('!');
}

function withoutBang(pattern: string): string {
  return isExclude(pattern) ? pattern.slice(1) : pattern;
}

/** A pattern that starts with `refs/heads/` is held against the full ref. */
function fitsBranch(pattern: string, branch: string): boolean {
  return (
    matchesGlob(pattern, branch) || (pattern.startsWith('refs/heads/') && matchesGlob(pattern, refOf(branch)))
  );
}

function refOf(branch: string): string {
  return `refs/heads/${branch}`;
}

/**
 * The scripts for a head: by full ref or exact branch, then by glob, then by the repository's name (the
 * predecessor looked it up), then `*`. Null: no key fits and nothing is built.
 */
export function scriptsFor(
  config: Config,
  { owner, name, branch }: RepoName & { readonly branch: string },
): ScriptsEntry | null {
  const { scripts } = settingsFor(config, { owner, name });
  const names = [name, `${owner}/${name}`];
  return (
    scripts.find(({ key }) => key === refOf(branch)) ??
    scripts.find(({ key }) => key === branch && key !== '*') ??
    scripts.find(({ key }) => key !== '*' && isGlob(key) && fitsBranch(key, branch)) ??
    scripts.find(({ key }) => names.some((each) => sameName(config, key, each))) ??
    scripts.find(({ key }) => key === '*') ??
    null
  );
}

/** The settings of a repository: those of its own entry in `repos`, else of the first glob that fits, else the top level's. */
export function settingsFor(config: Config, repo: RepoName): RepoSettings {
  const entry = entryFor(config, repo);
  const own = new Set(entry?.env?.map(({ name }) => name));
  return {
    branches: entry?.branches ?? config.branches,
    scripts: entry?.scripts ?? config.scripts,
    timeoutMs: entry?.timeoutMs ?? config.timeoutMs,
    submodules: entry?.submodules ?? config.submodules,
    env: [...config.env.filter(({ name }) => !own.has(name)), ...(entry?.env ?? [])],
  };
}

/** The entry of `repos` that speaks of a repository; null: none does (the bootstrap may be such a one). */
export function entryFor(config: Config, { owner, name }: RepoName): RepoSetting | null {
  const { exact, globs } = indexOf(config);
  const isFitting = (entry: RepoSetting) =>
    sameName(config, entry.owner, owner) && matchesGlob(folded(config, entry.name), folded(config, name));
  return exact.get(folded(config, `${owner}/${name}`)) ?? globs.find(isFitting) ?? null;
}

interface RepoIndex {
  readonly exact: ReadonlyMap<string, RepoSetting>;
  readonly globs: readonly RepoSetting[];
}

const indexes = new WeakMap<Config, RepoIndex>();

/** Made once for a configuration: each head asks for its repository's entry, and there may be 1,000 of those. */
function indexOf(config: Config): RepoIndex {
  const known = indexes.get(config);
  if (known) return known;
  const named = config.repos.filter(({ glob }) => !glob).toReversed();
  const exact = new Map(named.map((entry) => [folded(config, `${entry.owner}/${entry.name}`), entry]));
  const index = { exact, globs: config.repos.filter(({ glob }) => glob) };
  indexes.set(config, index);
  return index;
}

/** The bootstrap's owner and name; null when there is none. */
export function bootstrapOf(config: Config): RepoName | null {
  return config.bootstrap === null ? null : parseRepoName(config.bootstrap, config.owner);
}

/** GitHub's names are the same in upper and lower case; a folder's are not. */
export function sameName(config: Pick<Config, 'forge'>, one: string, other: string): boolean {
  return folded(config, one) === folded(config, other);
}

/** A name as it is compared. */
export function folded({ forge }: Pick<Config, 'forge'>, name: string): string {
  return forge === 'github' ? name.toLowerCase() : name;
}

/** Clone URL, without credentials and as the predecessor wrote it: `https://github.com/OWNER/NAME`. */
export function repoUrl(config: Pick<Config, 'server'>, { owner, name }: RepoName): string {
  const separator = config.server.endsWith(':') ? '' : '/';
  return `${config.server}${separator}${owner}/${name}`;
}
