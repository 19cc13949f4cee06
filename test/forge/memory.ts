import type { Head, RemoteRepo } from '../../src/domain/head.ts';
import type { KnownRepo, KnownState, Limit, Observation, StoredResponse } from '../../src/forge/forge.ts';

/** What the store keeps between ticks, as far as a forge depends on it. */
export interface Memory {
  readonly known: KnownState;
  /** Heads by `owner/name`, then by branch, as of the last complete reading. */
  readonly heads: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Takes over what a look saw, as a poll's transaction does. `now` in ms since 1970. */
  save(observation: Observation, now: number): void;
  change(forgeId: string, changes: Partial<KnownRepo>): void;
  /** Makes `count` repositories known that no forge was asked for. */
  seed(repos: readonly KnownRepo[]): void;
}

export function createMemory(): Memory {
  const repos = new Map<string, KnownRepo>();
  const responses = new Map<string, StoredResponse>();
  const limits = new Map<string, Limit>();
  const heads = new Map<string, ReadonlyMap<string, string>>();

  function remember(repo: RemoteRepo, changes: Partial<KnownRepo>): void {
    const before = repos.get(repo.forgeId) ?? { ...repo, pushedAt: null, askAfter: 0 };
    const { pushedAt: _, ...said } = repo;
    repos.set(repo.forgeId, { ...before, ...said, ...changes });
  }

  return {
    known: {
      response: (key) => responses.get(key) ?? null,
      repos: () => [...repos.values()],
      get limits() {
        return [...limits.values()];
      },
    },
    heads,
    save(observation, now) {
      for (const limit of observation.limits) limits.set(limit.resource, limit);
      if (observation.outcome !== 'observed') return;
      for (const repo of observation.seen) remember(repo, {});
      for (const { owner, name, forgeId } of observation.troubles) {
        const id = forgeId ?? `?${owner}/${name}`;
        const repo = repos.get(id) ?? {
          forgeId: id,
          owner,
          name,
          defaultBranch: null,
          archived: false,
          pushedAt: null,
        };
        repos.set(id, { ...repo, askAfter: now + 60_000 });
      }
      for (const { repo, heads: listed } of observation.repos) {
        remember(repo, { pushedAt: repo.pushedAt, askAfter: 0 });
        repos.delete(`?${repo.owner}/${repo.name}`);
        heads.set(`${repo.owner}/${repo.name}`, byBranch(listed));
      }
      for (const response of observation.responses) responses.set(response.key, response);
    },
    change(forgeId, changes) {
      const repo = repos.get(forgeId);
      if (repo) repos.set(forgeId, { ...repo, ...changes });
    },
    seed(known) {
      for (const repo of known) repos.set(repo.forgeId, repo);
    },
  };
}

export function byBranch(heads: readonly Head[]): ReadonlyMap<string, string> {
  return new Map(heads.map(({ branch, sha }) => [branch, sha]));
}
