import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask } from './client.ts';
import { type Hub, type StandInRepo, startStandIn } from './stand-in.ts';

const run = promisify(execFile);
let hub: Hub;
let folder: string;
let web: StandInRepo;

beforeAll(async () => {
  hub = await startStandIn({ token: 'secret' });
  web = await hub.createRepo({ owner: 'acme', name: 'web', private: true, files: { 'README.md': 'hello' } });
});
afterAll(() => hub.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stand-in-test-'));
  return () => rmSync(folder, { recursive: true });
});

const git = async (...args: string[]): Promise<string> =>
  (
    await run('git', args, {
      cwd: folder,
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'http' },
    })
  ).stdout;
const signedIn = (repo: StandInRepo, token = 'secret'): string =>
  repo.cloneUrl.replace('://', `://x-access-token:${token}@`);

describe('a clone', () => {
  it('holds what was committed, and the repository is sound', async () => {
    const sha = await hub.commit(web, 'main', {
      files: {
        'src/deep/er.txt': 'deep',
        'src.txt': 'beside a folder of nearly its name',
        run: { content: '#!/bin/sh\n', mode: '100755' },
        link: { content: 'run', mode: '120000' },
        'README.md': null,
      },
    });
    await git('clone', '-q', signedIn(web), 'clone');
    expect((await git('-C', 'clone', 'rev-parse', 'HEAD')).trim()).toBe(sha);
    expect((await git('-C', 'clone', 'ls-files')).split('\n')).toEqual([
      'link',
      'run',
      'src.txt',
      'src/deep/er.txt',
      '',
    ]);
    expect(readFileSync(join(folder, 'clone/src/deep/er.txt'), 'utf8')).toBe('deep');
    expect(statSync(join(folder, 'clone/run')).mode & 0o100).toBe(0o100);
    expect(await git('--git-dir', web.path, 'fsck', '--strict')).toBe('');
  });

  it('of a private repository wants a token that may see it', async () => {
    hub.addToken({ token: 'narrow', repos: [] });
    await expect(git('ls-remote', web.cloneUrl)).rejects.toThrow(
      /could not read Username|terminal prompts disabled/,
    );
    await expect(git('ls-remote', signedIn(web, 'wrong'))).rejects.toThrow(/Authentication failed/);
    await expect(git('ls-remote', signedIn(web, 'narrow'))).rejects.toThrow(/not found/);
    expect(await git('ls-remote', signedIn(web), 'refs/heads/main')).toContain(web.head());
  });

  it('speaks protocol 2: a fetch of one ref is told of no other', async () => {
    const wide = await hub.createRepo({ owner: 'acme', name: 'wide', files: { a: 'a' } });
    await hub.createBranches(
      wide,
      Array.from({ length: 1000 }, (_, index) => `branch-${index}`),
    );
    await git('init', '-q', '--bare', 'local');
    const bytes = async (version: string) => {
      hub.resetCounters();
      const settings = ['--git-dir', 'local', '-c', `protocol.version=${version}`];
      await git(...settings, 'fetch', '-q', wide.cloneUrl, 'refs/heads/main');
      expect(hub.requests.length).toBeGreaterThan(0);
      return hub.requests.reduce((sum, request) => sum + request.bytes, 0);
    };
    expect(await bytes('2')).toBeLessThan(1000);
    expect(await bytes('0')).toBeGreaterThan(50_000);
  });

  it('follows a rename', async () => {
    const repo = await hub.createRepo({ owner: 'acme', name: 'early', private: true, files: { a: 'a' } });
    const former = signedIn(repo);
    hub.rename(repo, 'late');
    expect(await git('ls-remote', former, 'refs/heads/main')).toContain(repo.head());
    expect(hub.requests.some(({ status }) => status === 301)).toBe(true);
  });
});

describe('a push by a client', () => {
  it('is told by the API when it has ended', async () => {
    const before = web.pushedAt;
    await git('clone', '-q', signedIn(web), 'clone');
    writeFileSync(join(folder, 'clone/new'), 'new');
    await git('-C', 'clone', 'add', 'new');
    await git('-C', 'clone', 'commit', '-q', '-m', 'New');
    await git('-C', 'clone', 'push', '-q', 'origin', 'HEAD:refs/heads/pushed');
    const sha = (await git('-C', 'clone', 'rev-parse', 'HEAD')).trim();
    expect(web.head('pushed')).toBe(sha);
    expect(web.pushedAt > before).toBe(true);
    const { json } = await ask(`${hub.apiUrl}/repos/acme/web/commits/pushed`, { token: 'secret' });
    expect(json).toMatchObject({ sha, commit: { message: 'New' } });
    await hub.commit(web, 'pushed', { files: { on: 'top' } });
    expect((await git('ls-remote', signedIn(web), 'refs/heads/pushed')).slice(0, 40)).toBe(
      web.head('pushed'),
    );
  });

  it('wants the right to write, and no archive', async () => {
    const open = await hub.createRepo({ owner: 'acme', name: 'open', files: { a: 'a' } });
    hub.addToken({ token: 'reader', scopes: [] });
    await git('clone', '-q', open.cloneUrl, 'clone');
    const push = (token: string) =>
      git('-C', 'clone', 'push', '-q', signedIn(open, token), 'HEAD:refs/heads/x');
    await expect(push('reader')).rejects.toThrow(/403/);
    hub.archive(open);
    await expect(push('secret')).rejects.toThrow(/403/);
    hub.archive(open, false);
    await push('secret');
    expect(open.head('x')).toBe(open.head());
  });

  it('into an empty repository makes its branch the default', async () => {
    const empty = await hub.createRepo({ owner: 'acme', name: 'empty' });
    await git('init', '-q', 'clone');
    await git('-C', 'clone', 'commit', '-q', '--allow-empty', '-m', 'First');
    await git('-C', 'clone', 'push', '-q', signedIn(empty), 'HEAD:refs/heads/trunk');
    expect(empty.defaultBranch).toBe('trunk');
  });
});

describe('branches', () => {
  const odd = [
    'HEAD',
    'heads/main',
    'a|b',
    '$(id)',
    '-x',
    'ünï/çode',
    '0123456789abcdef0123456789abcdef01234567',
    'q"u\'o`te',
    'refs/heads/main',
    'a&b;c<d>',
    '@',
    '%41',
  ];

  it.each(odd)('may be called %s', async (name) => {
    const repo = await hub.createRepo({ owner: 'odd', name: `repo-${odd.indexOf(name)}`, files: { a: 'a' } });
    const sha = await hub.commit(repo, name);
    expect(await git('ls-remote', repo.cloneUrl, `refs/heads/${name}`)).toBe(`${sha}\trefs/heads/${name}\n`);
    const path = name.split('/').map(encodeURIComponent).join('/');
    const { json } = await ask(`${hub.apiUrl}/repos/${repo.fullName}/branches/${path}`);
    expect(json).toMatchObject({ name, commit: { sha } });
  });

  it('are deleted, moved back and come again', async () => {
    const repo = await hub.createRepo({ owner: 'acme', name: 'moving', files: { a: 'a' } });
    const first = await hub.commit(repo, 'side');
    const second = await hub.commit(repo, 'side');
    const remote = async () => (await git('ls-remote', repo.cloneUrl, 'refs/heads/side')).slice(0, 40);
    expect(await remote()).toBe(second);
    await hub.forcePush(repo, 'side', first);
    expect(await remote()).toBe(first);
    await hub.deleteBranch(repo, 'side');
    expect(await remote()).toBe('');
    await hub.commit(repo, 'side/inner');
    await hub.deleteBranch(repo, 'side/inner');
    await hub.forcePush(repo, 'side', second);
    expect(await remote()).toBe(second);
    const orphan = await hub.commit(repo, 'side', { onto: null, files: { only: 'this' } });
    expect(await git('--git-dir', repo.path, 'rev-list', 'side')).toBe(`${orphan}\n`);
  });

  it('committed to at once keep every commit', async () => {
    const repo = await hub.createRepo({ owner: 'acme', name: 'busy', files: { a: 'a' } });
    await Promise.all(Array.from({ length: 20 }, () => hub.commit(repo, 'main')));
    expect(await git('--git-dir', repo.path, 'rev-list', '--count', 'main')).toBe('21\n');
  });
});

it('lags behind the API until it catches up', async () => {
  const repo = await hub.createRepo({ owner: 'acme', name: 'late-git', files: { a: 'a' } });
  await git('clone', '-q', repo.cloneUrl, 'clone');
  await hub.lag(repo, true);
  const sha = await hub.commit(repo, 'main', { files: { b: 'b' } });
  const fresh = await hub.commit(repo, 'fresh');
  const { json } = await ask(`${hub.apiUrl}/repos/acme/late-git/commits/main`, { token: 'secret' });
  expect(json).toMatchObject({ sha });
  await expect(git('-C', 'clone', 'fetch', '-q', 'origin', sha)).rejects.toThrow(/not our ref/);
  expect(await git('ls-remote', repo.cloneUrl, 'refs/heads/fresh')).toBe('');
  await hub.lag(repo, false);
  await git('-C', 'clone', 'fetch', '-q', 'origin', sha);
  expect(await git('ls-remote', repo.cloneUrl, 'refs/heads/fresh')).toContain(fresh);
  expect(await git('--git-dir', repo.path, 'fsck', '--strict')).toBe('');
});

it('takes a whole history by fast-import', async () => {
  const repo = await hub.createRepo({ owner: 'acme', name: 'history' });
  const commits = Array.from(
    { length: 50 },
    (_, index) =>
      `commit refs/heads/main\ncommitter A <a@b> ${1_700_000_000 + index} +0000\ndata 1\nx\nM 100644 inline f\ndata 2\n${index % 10}\n\n`,
  );
  await hub.fastImport(repo, commits.join(''));
  expect(await git('--git-dir', repo.path, 'rev-list', '--count', 'main')).toBe('50\n');
  const next = await hub.commit(repo, 'main');
  expect(await git('ls-remote', repo.cloneUrl, 'refs/heads/main')).toContain(next);
});
