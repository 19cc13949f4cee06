import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/domain/config.ts';
import type { Head } from '../../src/domain/head.ts';
import {
  type PlannedDecision,
  plan,
  type Situation,
  type StoredHead,
  type StoredRepo,
} from '../../src/domain/plan.ts';
import { configWith, repoSetting } from './config-fixture.ts';

const repo = {
  forgeId: '1',
  owner: 'AMP',
  name: 'amppd',
  defaultBranch: 'main',
  archived: false,
  pushedAt: null,
};
const bootstrap = { now: 'b1', before: 'b1', since: 0 };

function stored(
  heads: readonly (Partial<StoredHead> & Head)[],
  changes: Partial<StoredRepo> = {},
): StoredRepo {
  return {
    repo,
    watchedAs: null,
    initialised: true,
    heads: heads.map((head) => ({
      missed: 0,
      gone: false,
      builtSha: null,
      builtBootstrapSha: null,
      latestBuild: null,
      latestSha: null,
      latestBootstrapSha: null,
      failing: false,
      queuedBuild: null,
      ...head,
    })),
    ...changes,
  };
}

function decisions(situation: Partial<Situation>, config: Config = configWith()): readonly PlannedDecision[] {
  return plan(config, { full: false, observed: [], stored: [], bootstrap, ...situation }).repos.flatMap(
    (repoPlan) => repoPlan.decisions,
  );
}

function told(list: readonly PlannedDecision[]): string[] {
  return list.map(({ branch, sha, verdict, build }) => {
    const detail = 'reason' in verdict ? ` (${verdict.reason})` : '';
    return `${branch} ${sha}: ${verdict.kind}${detail}${build ? ` ${build.sha}` : ''}`;
  });
}

const main = (sha: string) => ({ branch: 'main', sha });

describe('a head', () => {
  it.each<[string, Partial<Situation>, Partial<Config>, string[]]>([
    ['that is as it was is no change', { stored: [stored([main('a')])] }, {}, []],
    ['that moved is built', { stored: [stored([main('z')])] }, {}, ['main a: build (push) a']],
    [
      'that moved while a build of its branch waits is taken by that build',
      { stored: [stored([{ ...main('z'), queuedBuild: 7 }])] },
      {},
      ['main a: coalesced a'],
    ],
    [
      'of a branch that came back at what was last built is no change',
      { stored: [stored([{ ...main('a'), gone: true, builtSha: 'a', latestSha: 'a' }])] },
      {},
      ['main a: already_built'],
    ],
    [
      'of a branch that came back at what was built before the last build failed to come to its end is built',
      { stored: [stored([{ ...main('z'), gone: true, builtSha: 'a', latestSha: 'z' }])] },
      {},
      ['main a: build (push) a'],
    ],
    [
      'of a branch that came back at something else is built',
      { stored: [stored([{ ...main('z'), gone: true, builtSha: 'y' }])] },
      {},
      ['main a: build (push) a'],
    ],
    ['of a new branch in a known repo is built', { stored: [stored([])] }, {}, ['main a: build (push) a']],
    ['at the first poll is built on the default branch', {}, {}, ['main a: build (push) a']],
    [
      'at the first poll is taken as seen with first_poll: none',
      {},
      { firstPoll: 'none' },
      ['main a: taken_as_seen'],
    ],
    [
      'that `branches` excludes is ignored',
      { stored: [stored([])] },
      { branches: { patterns: ['!main'], line: 14 } },
      ['main a: ignored'],
    ],
    [
      'that no key of scripts fits is recorded and not built',
      { stored: [stored([])] },
      { scripts: [{ key: 'release/*', scripts: ['x'], line: 5 }] },
      ['main a: no_scripts'],
    ],
  ])('%s', (_, situation, config, expected) => {
    const observed = [{ repo, heads: [main('a')] }];
    expect(told(decisions({ observed, ...situation }, configWith(config)))).toEqual(expected);
  });

  it('of another than the default branch is taken as seen at the first poll, and built with first_poll: all', () => {
    const observed = [{ repo, heads: [{ branch: 'topic', sha: 't' }] }];
    expect(told(decisions({ observed }))).toEqual(['topic t: taken_as_seen']);
    expect(told(decisions({ observed }, configWith({ firstPoll: 'all' })))).toEqual([
      'topic t: build (push) t',
    ]);
  });
});

describe('a branch that a listing lacks', () => {
  const seen = stored([main('a'), { branch: 'topic', sha: 't', queuedBuild: 3 }]);
  const observed = [{ repo, heads: [main('a')] }];

  it('is not forgotten by a poll that was not full', () => {
    expect(plan(configWith(), { full: false, observed, stored: [seen], bootstrap }).repos[0]?.heads).toEqual(
      [],
    );
  });

  it('is missed once by a full poll and forgotten by the second, which cancels its queued build', () => {
    const [first] = plan(configWith(), { full: true, observed, stored: [seen], bootstrap }).repos;
    expect(first?.heads).toEqual([{ branch: 'topic', sha: 't', missed: 1, gone: false }]);
    const missedOnce = stored([main('a'), { branch: 'topic', sha: 't', queuedBuild: 3, missed: 1 }]);
    const [second] = plan(configWith(), { full: true, observed, stored: [missedOnce], bootstrap }).repos;
    expect(second?.heads).toEqual([{ branch: 'topic', sha: 't', missed: 2, gone: true }]);
    expect(second?.decisions).toMatchObject([
      { branch: 'topic', verdict: { kind: 'forgotten' }, cancels: 3 },
    ]);
  });

  it('is as before when it is listed again after one miss', () => {
    const missedOnce = stored([main('a'), { branch: 'topic', sha: 't', missed: 1 }]);
    const listed = [{ repo, heads: [main('a'), { branch: 'topic', sha: 't' }] }];
    const [repoPlan] = plan(configWith(), {
      full: true,
      observed: listed,
      stored: [missedOnce],
      bootstrap,
    }).repos;
    expect(repoPlan?.heads).toEqual([{ branch: 'topic', sha: 't', missed: 0, gone: false }]);
    expect(repoPlan?.decisions).toEqual([]);
  });
});

describe('a moved bootstrap', () => {
  const moved = { now: 'b2', before: 'b1', since: 9 };
  const other = {
    ...stored([
      { branch: 'main', sha: 'o' },
      { branch: 'release/1', sha: 'r' },
    ]),
    repo: { ...repo, forgeId: '2', name: 'amppd-ui' },
  };

  it('rebuilds the default branch of every watched repository', () => {
    expect(told(decisions({ stored: [stored([main('a')]), other], bootstrap: moved }))).toEqual([
      'main a: build (bootstrap) a',
      'main o: build (bootstrap) o',
    ]);
  });

  it('rebuilds the branches that bootstrap_rebuilds names', () => {
    const config = configWith({ bootstrapRebuilds: ['main', 'release/*'] });
    expect(told(decisions({ stored: [other], bootstrap: moved }, config))).toEqual([
      'main o: build (bootstrap) o',
      'release/1 r: build (bootstrap) r',
    ]);
  });

  it('and a moved repository make one build, for the push', () => {
    const observed = [{ repo, heads: [main('a')] }];
    expect(told(decisions({ observed, stored: [stored([main('z')])], bootstrap: moved }))).toEqual([
      'main a: build (push) a',
    ]);
  });

  it('takes the place of what waits already', () => {
    expect(
      told(decisions({ stored: [stored([{ ...main('a'), queuedBuild: 4 }])], bootstrap: moved })),
    ).toEqual(['main a: coalesced a']);
  });

  it.each<[string, StoredRepo, Partial<Config>]>([
    ['a repository whose branches were never looked at', stored([main('a')], { initialised: false }), {}],
    ['an archived repository', stored([main('a')], { repo: { ...repo, archived: true } }), {}],
    ['a branch that is gone', stored([{ ...main('a'), gone: true }]), {}],
    ['a branch that is not watched', stored([main('a')]), { branches: { patterns: ['x'], line: 1 } }],
    [
      'a branch that was built beside it by hand already',
      stored([{ ...main('a'), builtSha: 'a', builtBootstrapSha: 'b2' }]),
      {},
    ],
    ['a repository that is no longer configured', stored([main('a')]), { repos: [repoSetting('else')] }],
  ])('does not rebuild %s', (_, repository, config) => {
    expect(decisions({ stored: [repository], bootstrap: moved }, configWith(config))).toEqual([]);
  });

  it('seen for the first time rebuilds nothing', () => {
    expect(
      decisions({ stored: [stored([main('a')])], bootstrap: { now: 'b1', before: null, since: 0 } }),
    ).toEqual([]);
  });

  it('is not built for itself', () => {
    const observed = [{ repo: { ...repo, name: 'amp_bootstrap' }, heads: [main('b1')] }];
    expect(decisions({ observed })).toEqual([]);
  });
});

describe('a bootstrap that moved while a head was out of sight', () => {
  const since = { now: 'b2', before: 'b2', since: 9 };
  const builtOf = (changes: Partial<StoredHead>) => {
    const { builtSha = 'a', builtBootstrapSha = 'b1', latestBuild = 7 } = changes;
    const latest = { latestBuild, latestSha: builtSha, latestBootstrapSha: builtBootstrapSha };
    return stored([{ ...main('a'), builtSha, builtBootstrapSha, ...latest, ...changes }]);
  };

  it.each<[string, StoredRepo, string[]]>([
    ['is caught up with', builtOf({}), ['main a: build (bootstrap) a']],
    [
      'is caught up with where the last build was of a picked commit',
      builtOf({ latestSha: 'picked' }),
      ['main a: build (bootstrap) a'],
    ],
    [
      'is caught up with where the last build did not come to its end',
      builtOf({ builtSha: 'z', latestSha: 'a' }),
      ['main a: build (bootstrap) a'],
    ],
    [
      'is caught up with where somebody stopped a build beside it',
      builtOf({ latestBuild: null, latestBootstrapSha: null }),
      ['main a: build (bootstrap) a'],
    ],
    [
      'is caught up with by a branch that comes back',
      builtOf({ gone: true }),
      ['main a: build (bootstrap) a'],
    ],
    [
      'is caught up with by a branch that came back, though its wave had begun',
      builtOf({ gone: true, latestBuild: 10, latestBootstrapSha: 'b2' }),
      ['main a: build (bootstrap) a'],
    ],
    ['is no matter once it is built', builtOf({ latestBuild: 10, builtBootstrapSha: 'b2' }), []],
    [
      'is no matter to a branch that comes back and was built beside it',
      builtOf({ gone: true, latestBuild: 10, builtBootstrapSha: 'b2' }),
      ['main a: already_built'],
    ],
    [
      'is no matter while its build waits for its retry, runs, or was given up',
      builtOf({ latestBuild: 10, latestBootstrapSha: 'b2' }),
      [],
    ],
    ['is no matter while a build waits', builtOf({ queuedBuild: 10 }), []],
    [
      'is no matter to what was built by hand beside one that no poll has seen',
      builtOf({ latestBuild: 10, builtBootstrapSha: 'b3' }),
      [],
    ],
    ['is no matter to what was taken as seen', stored([main('a')]), []],
    ['is no matter to what was built beside none', builtOf({ builtBootstrapSha: null }), []],
  ])('%s', (_, repository, expected) => {
    const observed = [{ repo, heads: [main('a')] }];
    expect(told(decisions({ observed, stored: [repository], bootstrap: since }))).toEqual(expected);
  });

  it.each<[string, Partial<Config>, string[]]>([
    ['`branches` leaves out', { branches: { patterns: ['!main'], line: 1 } }, []],
    ['bootstrap_rebuilds leaves out', { bootstrapRebuilds: ['release/*'] }, []],
  ])('is no matter to a branch that %s', (_, config, expected) => {
    const observed = [{ repo, heads: [main('a')] }];
    const situation = { observed, stored: [builtOf({})], bootstrap: since };
    expect(told(decisions(situation, configWith(config)))).toEqual(expected);
  });
});

it('plans nothing while the bootstrap is not known, so that no head is taken as decided', () => {
  const observed = [{ repo, heads: [main('a')] }];
  expect(
    plan(configWith(), {
      full: true,
      observed,
      stored: [],
      bootstrap: { now: null, before: null, since: 0 },
    }),
  ).toEqual({
    repos: [],
  });
});

it('looks a renamed repository up under the name that amp.yaml still has', () => {
  const observed = [{ repo: { ...repo, name: 'renamed' }, heads: [main('a')] }];
  const config = configWith({
    repos: [repoSetting('amppd', { branches: { patterns: ['!main'], line: 3 } })],
  });
  expect(told(decisions({ observed, stored: [stored([])] }, config))).toEqual(['main a: ignored']);
});

it.each<[string, readonly string[], string[]]>([
  ['its former name has an entry, the new one a glob', ['ren*', 'amppd'], ['main a: ignored']],
  ['both have a glob', ['ren*', 'amp*'], ['main a: build (push) a']],
  ['the new name has an entry, too', ['renamed', 'amppd'], ['main a: build (push) a']],
])(
  'takes an entry for a renamed repository before any glob, and its new name before the old: %s',
  (_, names, expected) => {
    const observed = [{ repo: { ...repo, name: 'renamed' }, heads: [main('a')] }];
    const leavingOut = { branches: { patterns: ['!main'], line: 3 } };
    const repos = names.map((name) => repoSetting(name, name.startsWith('amp') ? leavingOut : {}));
    expect(told(decisions({ observed, stored: [stored([])] }, configWith({ repos })))).toEqual(expected);
  },
);

it.each<[string, Partial<Config>, string[]]>([
  ['as they are', {}, []],
  ['that `branches` leaves out', { branches: { patterns: ['x'], line: 3 } }, ['main']],
  ['that have no scripts', { scripts: [{ key: 'x', scripts: ['x'], line: 5 }] }, ['main']],
])('names the failing branches %s', (_, config, expected) => {
  const observed = [{ repo, heads: [main('a'), { branch: 'topic', sha: 't' }] }];
  const seen = stored([
    { ...main('a'), failing: true },
    { branch: 'topic', sha: 't' },
  ]);
  const [repoPlan] = plan(configWith(config), { full: false, observed, stored: [seen], bootstrap }).repos;
  expect(repoPlan?.leftOut).toEqual(expected);
});
