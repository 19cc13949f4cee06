import type { Config } from './config.ts';
import { bootstrapOf, entryFor, type RepoName, sameName } from './match.ts';
import { fullName, parseRepoName } from './repo-name.ts';

/** The bootstrap repository is watched, but never built for itself; `watchedAs`: its name before a rename, owner/name. */
export function isBootstrap(config: Config, repo: RepoName, watchedAs: string | null): boolean {
  const bootstrap = bootstrapOf(config);
  if (bootstrap === null) return false;
  return [fullName(repo), watchedAs ?? ''].some((each) => sameName(config, each, fullName(bootstrap)));
}

/** Whether amp.yaml has the repository by its name, rather than by a glob. */
export function isNamed(config: Config, repo: RepoName): boolean {
  return entryFor(config, repo)?.glob === false || isBootstrap(config, repo, null);
}

/**
 * The name that amp.yaml has for a repository: its name now or, after a rename, the one that it had then
 * (`watchedAs`, owner/name), if an entry has just that; a glob is about what fits it now. null: none.
 */
export function configuredName(config: Config, repo: RepoName, watchedAs: string | null): RepoName | null {
  const names = watchedAs === null ? [repo] : [repo, parseRepoName(watchedAs, config.owner)];
  return names.find((each) => isNamed(config, each)) ?? (entryFor(config, repo) ? repo : null);
}

/**
 * The name (owner/name) under which amp.yaml may have it if it was renamed since it was stored: the one that it was
 * stored under, once amp.yaml has that, else the one that amp.yaml had before.
 */
export function formerName(config: Config, { repo, watchedAs }: NamedBefore): string {
  const configured = configuredName(config, repo, watchedAs);
  return configured ? fullName(configured) : (watchedAs ?? fullName(repo));
}

/** A repository by the names that it is stored under. */
export interface NamedBefore {
  readonly repo: RepoName;
  /** owner/name that amp.yaml had before a rename; null: it was not renamed. */
  readonly watchedAs: string | null;
}
