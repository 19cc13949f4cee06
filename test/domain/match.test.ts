import { describe, expect, test } from 'vitest';
import type { Config, RepoSetting, ScriptsEntry } from '../../src/domain/config.ts';
import {
  bootstrapOf,
  entryFor,
  repoUrl,
  scriptsFor,
  settingsFor,
  watchesBranch,
} from '../../src/domain/match.ts';
import { configWith, repoSetting } from './config-fixture.ts';

function repo(name: string, overrides: Partial<RepoSetting> = {}): RepoSetting {
  return repoSetting(name, { owner: 'amp', ...overrides });
}

function entry(key: string): ScriptsEntry {
  return { key, scripts: [`for ${key}`], line: 1 };
}

const base = configWith({ owner: 'amp', repos: [repo('amppd')], scripts: [entry('*')] });

describe('branches', () => {
  test.each([
    ['nothing configured', null, 'any/branch', true],
    ['an include', ['main'], 'main', true],
    ['another', ['main'], 'topic', null],
    ['only excludes take the rest', ['!topic/*'], 'main', true],
    ['and leave theirs out', ['!topic/*'], 'topic/x', '!topic/*'],
    ['an exclude behind its include', ['**', '!wip/**'], 'wip/a/b', '!wip/**'],
    ['an exclude before its include', ['!wip/**', '**'], 'wip/a/b', '!wip/**'],
    ['an exception from an exclude', ['**', '!dev/**', 'dev/main'], 'dev/main', true],
    ['the others stay excluded', ['**', '!dev/**', 'dev/main'], 'dev/x', '!dev/**'],
    ['a full ref', ['refs/heads/release/*'], 'release/1', true],
    ['a branch whose own name starts so', ['refs/heads/x'], 'refs/heads/x', true],
    ['a branch called HEAD', ['HEAD'], 'HEAD', true],
  ])('%s: %j, %s', (_, patterns, branch, outcome) => {
    const list = patterns && { patterns, line: 7 };
    const expected = outcome === true ? { watched: true } : { watched: false, pattern: outcome, line: 7 };
    expect(watchesBranch(list, branch)).toEqual(expected);
  });
});

describe('scripts: full ref or exact branch, then glob, then repository, then *', () => {
  const all = ['*', 'amppd', 'release/**', 'release/*', 'release/1', 'refs/heads/main', 'main'];
  test.each([
    ['main', all, 'refs/heads/main'],
    ['release/1', all, 'release/1'],
    ['release/2', all, 'release/**'],
    ['topic', all, 'amppd'],
    ['topic', ['*', 'other'], '*'],
    ['a/b', ['*'], '*'],
    ['topic', ['main', 'other', 'release/*'], null],
    ['topic', ['AMPPD'], 'AMPPD'],
    ['topic', ['amp/amppd'], 'amp/amppd'],
    ['release/9', ['refs/heads/release/*', '*'], 'refs/heads/release/*'],
    ['amppd', ['*', '**', 'amppd'], 'amppd'],
    ['x', ['amppd', '**'], '**'],
  ])('%s of %j: %s', (branch, keys, key) => {
    const config = { ...base, scripts: keys.map(entry) };
    const found = scriptsFor(config, { owner: 'amp', name: 'amppd', branch });
    expect(found?.key ?? null).toBe(key);
  });

  test("a repository's own scripts replace the top level's altogether", () => {
    const config = { ...base, repos: [repo('amppd', { scripts: [entry('main')] })] };
    expect(scriptsFor(config, { owner: 'amp', name: 'amppd', branch: 'main' })?.key).toBe('main');
    expect(scriptsFor(config, { owner: 'amp', name: 'amppd', branch: 'topic' })).toBeNull();
  });
});

describe("a repository's settings", () => {
  const repos = [
    repo('amp*', { timeoutMs: 1, line: 1 }),
    repo('*', { timeoutMs: 2, line: 2 }),
    repo('amppd', { timeoutMs: 3, line: 3 }),
    repo('amppd', { owner: 'other', timeoutMs: 4, line: 4 }),
  ];
  test.each([
    ['amp', 'amppd', 3],
    ['AMP', 'AmpPD', 3],
    ['amp', 'amp_ui', 1],
    ['amp', 'AMP_ui', 1],
    ['amp', 'x', 2],
    ['other', 'amppd', 4],
    ['other', 'x', 7_200_000],
  ])('of %s/%s: time-out %i', (owner, name, timeoutMs) => {
    expect(settingsFor({ ...base, repos }, { owner, name }).timeoutMs).toBe(timeoutMs);
  });

  test('plain git tells upper from lower case', () => {
    const config: Config = { ...base, repos, forge: 'git' };
    expect(entryFor(config, { owner: 'amp', name: 'amppd' })?.line).toBe(3);
    expect(entryFor(config, { owner: 'amp', name: 'AMPPD' })?.line).toBe(2);
  });

  test('variables of the repository are added to those of the top level, and win', () => {
    const variable = (name: string, value: string) => ({ name, value, secret: false });
    const repos = [repo('amppd', { env: [variable('B', 'own'), variable('C', 'own')] })];
    const config = { ...base, env: [variable('A', 'top'), variable('B', 'top')], repos };
    expect(settingsFor(config, { owner: 'amp', name: 'amppd' }).env).toEqual([
      variable('A', 'top'),
      variable('B', 'own'),
      variable('C', 'own'),
    ]);
  });

  test('what is not overridden is the top level', () => {
    const { branches, scripts, submodules } = settingsFor(base, { owner: 'amp', name: 'amp_bootstrap' });
    expect({ branches, scripts, submodules }).toEqual({
      branches: null,
      scripts: [entry('*')],
      submodules: true,
    });
  });
});

test.each([
  ['https://github.com', 'https://github.com/amp/amppd'],
  ['file:///srv', 'file:///srv/amp/amppd'],
  ['file://', 'file:///amp/amppd'],
  ['git@host:', 'git@host:amp/amppd'],
  ['git@host:team', 'git@host:team/amp/amppd'],
  ['ssh://git@host:2222/team', 'ssh://git@host:2222/team/amp/amppd'],
])('on %s the clone URL is %s', (server, url) => {
  expect(repoUrl({ server }, { owner: 'amp', name: 'amppd' })).toBe(url);
});

test.each([
  [null, null],
  ['amp_bootstrap', { owner: 'amp', name: 'amp_bootstrap' }],
  ['tools/boot', { owner: 'tools', name: 'boot' }],
])('bootstrap %s is %j', (bootstrap, name) => {
  expect(bootstrapOf({ ...base, bootstrap })).toEqual(name);
});
