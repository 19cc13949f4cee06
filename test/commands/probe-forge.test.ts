import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeForge } from '../../src/commands/probe-forge.ts';
import { siteProbes } from '../../src/commands/site-probes.ts';
import type { Config } from '../../src/domain/config.ts';
import { configWith, repoSetting } from '../domain/config-fixture.ts';
import { type Hub, startStandIn } from '../stand-in/stand-in.ts';

let hub: Hub;
let folder: string;
const now = Date.UTC(2026, 5, 1);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ampci-probe-'));
  hub = await startStandIn({ token: 'all', now: () => now });
  hub.addToken({ token: 'classic', scopes: ['repo', 'gist'], user: 'builder', expires: now + 86_400_000 });
  for (const name of ['tool', 'tool-ui', 'amp_bootstrap']) {
    await hub.createRepo({ owner: 'AMP', name, private: true, files: { a: name } });
  }
});

afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

function probe(environment: Record<string, string>, changes: Partial<Config> = {}) {
  const config = configWith({
    server: hub.url,
    apiUrl: hub.apiUrl,
    repos: [repoSetting('tool*')],
    datadir: folder,
    ...changes,
  });
  const surroundings = { ...environment, PATH: process.env.PATH };
  const { signal } = new AbortController();
  return probeForge({ config, environment: surroundings, clock: () => now, signal });
}

test('a token, its rights and what it can read', async () => {
  expect(await probe({ GITHUB_TOKEN: 'classic' })).toMatchObject({
    asked: hub.apiUrl,
    unreachable: null,
    token: {
      kind: 'accepted',
      source: 'GITHUB_TOKEN',
      login: 'builder',
      scopes: ['repo', 'gist'],
      expiresAt: now + 86_400_000,
    },
    quota: { limit: 5000 },
    clockAheadMs: expect.any(Number),
    readableRepos: 3,
    repoTroubles: [],
  });
});

test('a token from a file, named as such', async () => {
  const path = join(folder, 'token');
  writeFileSync(path, 'all\n', { mode: 0o600 });
  const facts = await probe({}, { credential: { kind: 'token_file', path } });
  expect(facts.token).toMatchObject({ kind: 'accepted', source: `token_file ${path}` });
});

test('a token file that others can read is refused', async () => {
  const path = join(folder, 'open');
  writeFileSync(path, 'all\n');
  chmodSync(path, 0o644);
  const facts = await probe({}, { credential: { kind: 'token_file', path } });
  expect(facts.token).toMatchObject({ kind: 'refused', message: expect.stringContaining('chmod') });
});

test('a wrong token is told, and nothing else is asked with it', async () => {
  const facts = await probe({ GH_TOKEN: 'wrong' });
  expect(facts.unreachable).toMatch(/token/i);
  expect(facts.readableRepos).toBe(0);
});

test('a repository that is missing does not hide the others', async () => {
  const repos = [repoSetting('tool'), repoSetting('nothing')];
  const facts = await probe({ GITHUB_TOKEN: 'all' }, { repos });
  expect(facts.readableRepos).toBe(2);
  expect(facts.repoTroubles).toEqual([{ message: expect.stringContaining('nothing'), isHarmless: false }]);
});

test('an API that is not there', async () => {
  const facts = await probe({ GITHUB_TOKEN: 'all' }, { apiUrl: 'http://127.0.0.1:1/api/v3' });
  expect(facts.unreachable).toContain('127.0.0.1:1');
});

describe('plain git', () => {
  test('asks no token and counts what can be read', async () => {
    const facts = await probe(
      { GITHUB_TOKEN: 'all' },
      { forge: 'git', apiUrl: null, repos: [repoSetting('tool')], bootstrap: null },
    );
    expect(facts).toMatchObject({
      asked: `${hub.url}/AMP, by git`,
      token: null,
      quota: null,
      readableRepos: 1,
      repoTroubles: [],
    });
  });

  test('without a token, private repositories of GitHub are told as such', async () => {
    const facts = await probe({}, { repos: [repoSetting('tool')], bootstrap: null });
    expect(facts.token).toEqual({ kind: 'none' });
    expect(facts.readableRepos).toBe(0);
    expect(facts.repoTroubles).toEqual([{ message: expect.stringContaining('tool'), isHarmless: false }]);
  });
});

test("the machine's git tells its version; without git there is none", async () => {
  const versionWith = (path: string | undefined) => {
    const environment = { PATH: path };
    const { signal } = new AbortController();
    const program = { node: '', launcher: '' };
    return siteProbes({ config: configWith(), environment, clock: () => now, signal, program }).gitVersion();
  };
  expect(await versionWith(process.env.PATH)).toMatch(/^\d+\.\d+/);
  expect(await versionWith(folder)).toBeNull();
});
