import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Config } from '../../src/domain/config.ts';
import type { ObservedRepo } from '../../src/domain/head.ts';
import { bootstrapMoved, plan } from '../../src/domain/plan.ts';
import { lastBuildId } from '../../src/store/build-rows.ts';
import { type Db, openInMemory } from '../../src/store/database.ts';
import { finish } from '../../src/store/finish.ts';
import { claim } from '../../src/store/queue.ts';
import { unwatchOthers } from '../../src/store/repos.ts';
import { savePlan } from '../../src/store/save-plan.ts';
import { storedRepos, watchedRepos } from '../../src/store/situation.ts';
import { configWith, repoSetting } from '../domain/config-fixture.ts';

/** GitHub as far as planning sees it: repositories with branches, a bootstrap, and listings that may be short. */
interface World {
  readonly repos: Map<string, Map<string, string>>;
  /** Repositories that are out of sight: taken out of amp.yaml, or a folder that is away. */
  readonly hidden: Set<string>;
  bootstrap: string;
  commits: number;
}

interface Place {
  readonly repo: string;
  readonly branch: string;
}

type System = ReturnType<typeof systemOver>;

type Action =
  | { readonly kind: 'push'; readonly repo: string; readonly branch: string }
  | { readonly kind: 'push_older'; readonly repo: string; readonly branch: string }
  | { readonly kind: 'delete'; readonly repo: string; readonly branch: string }
  | {
      readonly kind: 'away';
      readonly repo: string;
      readonly branch: string;
      readonly builds: number;
      readonly moves: boolean;
    }
  | { readonly kind: 'bootstrap' }
  | { readonly kind: 'poll'; readonly full: boolean; readonly repos: readonly string[] }
  | { readonly kind: 'build'; readonly state: 'success' | 'failure' };

const names = ['one', 'two'];
const branches = ['main', 'topic', 'release/1'];
const repoArbitrary = fc.constantFrom(...names);
const branchArbitrary = fc.constantFrom(...branches);

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), repo: repoArbitrary, branch: branchArbitrary }),
  fc.record({ kind: fc.constant('push_older' as const), repo: repoArbitrary, branch: branchArbitrary }),
  fc.record({
    kind: fc.constant('delete' as const),
    repo: repoArbitrary,
    branch: fc.constantFrom('topic', 'release/1'),
  }),
  fc.record({
    kind: fc.constant('away' as const),
    repo: repoArbitrary,
    branch: branchArbitrary,
    builds: fc.constantFrom(0, 1, 6),
    moves: fc.boolean(),
  }),
  fc.constant({ kind: 'bootstrap' as const }),
  fc.record({ kind: fc.constant('poll' as const), full: fc.boolean(), repos: fc.subarray(names) }),
  fc.record({
    kind: fc.constant('build' as const),
    state: fc.constantFrom('success' as const, 'failure' as const),
  }),
);

const config: Config = configWith({
  repos: names.map((name) => repoSetting(name)),
  bootstrapRebuilds: ['main', 'release/*'],
  firstPoll: 'all',
});

/** The system under test: the plan and the store, driven as a poll and a worker drive them. */
function systemOver(db: Db, world: World) {
  let now = 1_000;
  const isSeen = (name: string) => !world.hidden.has(name);
  const built: { repo: string; branch: string; sha: string; bootstrapSha: string | null }[] = [];

  function poll(full: boolean, repos: readonly string[]): void {
    now += 1;
    const observed: ObservedRepo[] = (full ? names : repos).filter(isSeen).map((name) => ({
      repo: { forgeId: name, owner: 'AMP', name, defaultBranch: 'main', archived: false, pushedAt: null },
      heads: [...(world.repos.get(name) ?? [])].map(([branch, sha]) => ({ branch, sha })),
    }));
    const before = lastBootstrap;
    const moved = bootstrapMoved({ bootstrap: { now: world.bootstrap, before } });
    if (moved) since = lastBuildId(db);
    const bootstrap = { now: world.bootstrap, before, since };
    const ids = observed.map(({ repo }) => repo.forgeId);
    const others = moved ? watchedRepos(db).filter(({ repo }) => !ids.includes(repo.forgeId)) : [];
    const stored = [...storedRepos(db, ids), ...others];
    db.transaction(() => {
      savePlan(db, {
        plan: plan(config, { full, observed, stored, bootstrap }),
        bootstrapSha: world.bootstrap,
        now,
      });
      if (full) unwatchOthers(db, { kept: new Set(names.filter(isSeen)), startedAt: now, now });
    })();
    lastBootstrap = world.bootstrap;
  }
  let lastBootstrap: string | null = null;
  let since = 0;

  function build(state: 'success' | 'failure'): boolean {
    const claimed = claim(db, { owner: { pid: 1, start: '1', boot: 'b' }, now, workspace: () => '/tmp/w' });
    if (!claimed) return false;
    built.push({
      repo: claimed.repo,
      branch: claimed.branch,
      sha: claimed.sha,
      bootstrapSha: claimed.bootstrapSha,
    });
    finish(db, claimed, { end: { state, step: null, exitCode: null, message: null }, now });
    return true;
  }

  return { poll, build, built };
}

/** Plays the actions on the world and the system; returns how often each branch changed. */
function play(actions: readonly Action[], world: World, system: System): ReadonlyMap<string, number> {
  const changes = new Map<string, number>();
  const count = (repo: string, branch: string) =>
    changes.set(`${repo} ${branch}`, (changes.get(`${repo} ${branch}`) ?? 0) + 1);
  for (const name of names) count(name, 'main');

  const moves = {
    push: ({ repo, branch }: Place) => move({ repo, branch }, 1),
    push_older: ({ repo, branch }: Place) => move({ repo, branch }, 0.5),
    delete: ({ repo, branch }: Place) => world.repos.get(repo)?.delete(branch),
    away: ({ repo, branch, builds, moves: isMoved }: Action & { readonly kind: 'away' }) => {
      for (let build = 0; build < builds; build += 1) system.build('success');
      const heads = world.repos.get(repo);
      const sha = heads?.get(branch);
      // A branch that vanishes, or a whole repository that amp.yaml no longer has.
      if (branch === 'main') world.hidden.add(repo);
      else heads?.delete(branch);
      for (const _ of [1, 2]) system.poll(true, []);
      if (isMoved) moves.bootstrap();
      system.poll(true, []);
      world.hidden.delete(repo);
      if (sha) heads?.set(branch, sha);
    },
    bootstrap: () => {
      world.bootstrap = `b${Number(world.bootstrap.slice(1)) + 1}`;
      for (const name of names) for (const branch of branches) count(name, branch);
    },
  };
  function move({ repo, branch }: Place, share: number): void {
    world.commits += 1;
    world.repos.get(repo)?.set(branch, `c${Math.floor(world.commits * share)}`);
    count(repo, branch);
  }
  for (const each of actions) {
    if (each.kind === 'poll') system.poll(each.full, each.repos);
    else if (each.kind === 'build') system.build(each.state);
    else moves[each.kind](each as never);
  }
  return changes;
}

function expectLastHeadsBuilt(world: World, system: System): void {
  for (const [repo, heads] of world.repos) {
    for (const [branch, sha] of heads) {
      const last = system.built.findLast((build) => build.repo === repo && build.branch === branch);
      expect(last, `${repo} ${branch}`).toMatchObject({ sha });
      // bootstrap_rebuilds leaves topics out.
      if (branch !== 'topic') expect(last?.bootstrapSha).toBe(world.bootstrap);
    }
  }
}

it('builds the last head of every branch, each change once, whatever happens in between', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const db = openInMemory();
      const repos = new Map(names.map((name) => [name, new Map([['main', 'c0']])]));
      const world: World = { repos, hidden: new Set(), bootstrap: 'b0', commits: 0 };
      const system = systemOver(db, world);
      system.poll(true, []);
      const changes = play(actions, world, system);
      for (const _ of [1, 2]) system.poll(true, []);
      while (system.build('success'));

      expectLastHeadsBuilt(world, system);
      for (const [key, builds] of Map.groupBy(system.built, ({ repo, branch }) => `${repo} ${branch}`)) {
        expect(builds.length, key).toBeLessThanOrEqual(changes.get(key) ?? 0);
      }
      system.poll(true, []);
      expect(system.build('success'), 'a poll that saw no change queued a build').toBe(false);
      db.close();
    }),
    { numRuns: 300 },
  );
});
