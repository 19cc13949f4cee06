import type { Config } from '../domain/config.ts';
import { formerName, isBootstrap } from '../domain/configured-name.ts';
import type { ObservedRepo } from '../domain/head.ts';
import { bootstrapOf } from '../domain/match.ts';
import type { StoredRepo } from '../domain/plan.ts';
import type { RepoTrouble } from '../forge/forge.ts';
import type { Db } from '../store/database.ts';
import { headOf, repoByName } from '../store/situation.ts';

interface Seen {
  readonly repos: readonly ObservedRepo[];
  /** These as stored before the look, those that were known. */
  readonly stored: readonly StoredRepo[];
}

/** The bootstrap's head as seen now, else as stored; null: it has none, or was never seen, or there is no bootstrap. */
export function bootstrapNow(db: Db, config: Config, seen: Seen): string | null {
  const bootstrap = bootstrapOf(config);
  if (bootstrap === null) return null;
  const observed = observedBootstrap(config, seen);
  const branch = config.bootstrapBranch ?? observed?.repo.defaultBranch ?? null;
  const head = observed?.heads.find((each) => each.branch === branch);
  if (head) return head.sha;
  const known = repoByName(db, bootstrap);
  return known && headOf(db, known, config.bootstrapBranch);
}

function observedBootstrap(config: Config, { repos, stored }: Seen): ObservedRepo | undefined {
  const former = new Map(stored.map((each) => [each.repo.forgeId, formerName(config, each)]));
  return repos.find(({ repo }) => isBootstrap(config, repo, former.get(repo.forgeId) ?? null));
}

/**
 * Nothing can be built without the bootstrap's head, so that it has none is told even if the forge has no trouble
 * with it. null: something else is wrong with it, and told already.
 */
export function bootstrapTrouble(
  db: Db,
  config: Config,
  { troubles, ...seen }: Seen & { readonly troubles: readonly RepoTrouble[] },
): RepoTrouble | null {
  const bootstrap = bootstrapOf(config);
  if (bootstrap === null || troubles.some((trouble) => isBootstrap(config, trouble, null))) return null;
  const observed = observedBootstrap(config, seen)?.repo;
  const known = repoByName(db, bootstrap);
  if (!observed && known?.isBroken) return null;
  const { owner, name } = observed ?? known ?? bootstrap;
  const branch = config.bootstrapBranch === null ? 'default branch' : `branch ${config.bootstrapBranch}`;
  const wayOut = `nothing is built until it has one; see bootstrap and bootstrap_branch in ${config.file}`;
  return {
    owner,
    name,
    forgeId: observed?.forgeId ?? known?.forgeId ?? null,
    kind: 'missing',
    message: `${owner}/${name}, the bootstrap, has no ${branch}: ${wayOut}`,
  };
}
