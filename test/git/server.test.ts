import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { credentials } from '../../src/git/environment.ts';
import { type Hub, type StandInRepo, startStandIn } from '../stand-in/stand-in.ts';
import { folderIn, git, gitEnvironment, openSite, type Site, sourceOf } from './site.ts';

const token = 'ghp_secretSecretSecret';
let hub: Hub;

beforeAll(async () => {
  hub = await startStandIn({ token, validate: false });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.clearFaults();
  hub.resetCounters();
});

let names = 0;

function newRepo(isPrivate = false): Promise<StandInRepo> {
  names += 1;
  return hub.createRepo({
    owner: 'acme',
    name: `repo-${names}`,
    private: isPrivate,
    files: { 'README.md': 'hello' },
  });
}

function sourceIn(repo: StandInRepo, branch = 'main', sha = repo.head(branch) ?? '') {
  return { ...sourceOf(repo.name, { url: repo.cloneUrl }, branch, sha), submodules: false };
}

/** A site whose git has the token. */
function signedIn(environment: NodeJS.ProcessEnv = gitEnvironment): Site {
  return openSite({ server: hub.url, token: async () => token, environment });
}

function received(): number {
  return hub.requests.reduce((sum, { bytes }) => sum + bytes, 0);
}

describe('over HTTP', () => {
  test('one small commit in 390 branches costs less than 10 kB', async () => {
    using site = signedIn();
    const repo = await newRepo(true);
    await hub.createBranches(
      repo,
      Array.from({ length: 390 }, (_, n) => `feature/AMP-${n}`),
    );
    for (let n = 0; n < 20; n += 1) await hub.tag(repo, `v${n}`, repo.head() ?? '');
    await site.checkout(sourceIn(repo));
    hub.resetCounters();
    const sha = await hub.commit(repo, 'feature/AMP-7', { files: { a: 'a' } });
    const { git: inside } = await site.checkout(sourceIn(repo, 'feature/AMP-7', sha));
    expect(inside('rev-parse', 'HEAD')).toBe(sha);
    expect(inside('for-each-ref', '--format=x', 'refs/remotes/origin').split('\n')).toHaveLength(392);
    expect(received()).toBeGreaterThan(0);
    expect(received()).toBeLessThan(10_000);
  });

  test('the token is sent to its server, and is in no argument, no configuration and no message', async () => {
    using site = openSite();
    const trace = folderIn(site, 'trace');
    const opened = site.reopened({
      server: hub.url,
      token: async () => token,
      environment: { ...gitEnvironment, GIT_TRACE2_EVENT: trace },
    });
    const repo = await newRepo(true);
    const { directory, result } = await site.checkout(sourceIn(repo), { git: opened });
    expect(result.kind).toBe('checked_out');
    hub.fault({ kind: 'git' }, { do: 'status', status: 500, message: `no ${token} here` });
    const failed = await site.checkout(sourceIn(repo, 'main', 'd'.repeat(40)), { git: opened });
    expect(failed.result.kind).toBe('trouble');

    expect(new Set(hub.requests.map((request) => request.token))).toEqual(new Set([token]));
    const arguments_ = readdirSync(trace).map((file) => readFileSync(join(trace, file), 'utf8'));
    expect(arguments_.join()).toContain('git-remote-http');
    const everything = [
      ...arguments_,
      ...filesUnder(site.datadir),
      ...filesUnder(join(directory, '.git')),
      ...site.lines,
      JSON.stringify(failed.result),
      JSON.stringify(process.env),
    ].join('\n');
    expect(everything).not.toContain(token);
    expect(everything).not.toContain(credentials(token));
  });

  test('the token is not sent to another server', async () => {
    const repo = await newRepo(true);
    using site = openSite({ server: 'http://127.0.0.1:1', token: async () => token });
    const { result } = await site.checkout(sourceIn(repo));
    expect(result).toMatchObject({ kind: 'trouble', trouble: { kind: 'forbidden' } });
    expect(hub.requests.map((request) => request.token)).toEqual([null]);
  });

  test('a renamed repository is followed', async () => {
    using site = signedIn();
    const repo = await newRepo();
    const source = sourceIn(repo);
    hub.rename(repo, `${repo.name}-renamed`);
    const { git: inside } = await site.checkout(source);
    expect(inside('rev-parse', 'HEAD')).toBe(source.sha);
  });

  test('a commit that git does not serve yet is waited for', async () => {
    const repo = await newRepo();
    using site = openSite();
    const waits: number[] = [];
    const opened = site.reopened({
      async wait(ms) {
        waits.push(ms);
        if (waits.length === 3) await hub.lag(repo, false);
      },
    });
    await site.checkout(sourceIn(repo), { git: opened });
    await hub.lag(repo, true);
    const sha = await hub.commit(repo, 'main');
    const { git: inside } = await site.checkout(sourceIn(repo, 'main', sha), { git: opened });
    expect(inside('rev-parse', 'HEAD', 'main')).toBe(`${sha}\n${sha}`);
    expect(waits).toEqual([500, 1000, 2000]);
    expect(site.lines).toContainEqual(expect.stringContaining(`does not have commit ${sha} yet`));
  });

  test('a commit that never comes is an error after about 20 s, not another commit', async () => {
    const repo = await newRepo();
    using site = openSite();
    await site.checkout(sourceIn(repo));
    await hub.lag(repo, true);
    const sha = await hub.commit(repo, 'main');
    const { result } = await site.checkout(sourceIn(repo, 'main', sha));
    expect(result).toMatchObject({ kind: 'trouble', trouble: { kind: 'commit_missing' } });
    expect(site.waits.reduce((sum, ms) => sum + ms, 0)).toBe(20_500);
    await hub.lag(repo, false);
  });

  test('a repository that was emptied is an error', async () => {
    const repo = await newRepo();
    using site = openSite();
    const source = sourceIn(repo);
    await hub.deleteBranch(repo, 'main');
    git(repo.path, 'gc', '--quiet', '--prune=now');
    const { result } = await site.checkout(source);
    expect(result).toMatchObject({ kind: 'trouble', trouble: { kind: 'commit_missing' } });
  });

  test.each([
    ['a server error', { do: 'status', status: 503 }, 'unreachable'],
    ['a limit', { do: 'status', status: 429 }, 'unreachable'],
    ['a reset connection', { do: 'reset' }, 'unreachable'],
    ['a page for people', { do: 'html' }, 'unreachable'],
    ['garbage', { do: 'garbage' }, 'unreachable'],
    ['an answer that is cut', { do: 'cut', afterBytes: 60 }, 'unreachable'],
    ['a refusal', { do: 'sso' }, 'forbidden'],
    ['an expired token', { do: 'unauthorized' }, 'forbidden'],
    ['not found', { do: 'not-found' }, 'missing'],
  ] as const)('%s is an error that says so, with or without a mirror', async (_, fault, kind) => {
    const repo = await newRepo();
    using site = signedIn();
    const before = sourceIn(repo);
    hub.fault({ kind: 'git' }, fault);
    expect((await site.checkout(before)).result).toMatchObject({ kind: 'trouble', trouble: { kind } });
    hub.clearFaults();
    await site.checkout(before);
    const sha = await hub.commit(repo, 'main');
    hub.fault({ kind: 'git' }, fault);
    const { result } = await site.checkout(sourceIn(repo, 'main', sha));
    expect(result).toMatchObject({ kind: 'trouble', trouble: { kind } });
    expect(site.lines).toEqual([]);
    expect(readdirSync(join(site.datadir, 'mirrors'))).toHaveLength(1);
  });

  test('an answer that is cut in the pack is an error, and the next fetch is well', async () => {
    const repo = await newRepo();
    using site = signedIn();
    await site.checkout(sourceIn(repo));
    const sha = await hub.commit(repo, 'main', { files: { big: 'x1y2'.repeat(50_000) } });
    hub.fault({ path: 'git-upload-pack', method: 'POST' }, { do: 'cut', afterBytes: 400 });
    expect((await site.checkout(sourceIn(repo, 'main', sha))).result.kind).toBe('trouble');
    hub.clearFaults();
    const { git: inside } = await site.checkout(sourceIn(repo, 'main', sha));
    expect(inside('rev-parse', 'HEAD')).toBe(sha);
    expect(git(site.mirror(repo.name), 'fsck', '--full')).toBe('');
  });

  test('a server that hangs is left as soon as the build is stopped, with all of git', async () => {
    const repo = await newRepo();
    using site = signedIn();
    hub.fault({ kind: 'git' }, { do: 'hang' });
    const stop = new AbortController();
    const checkout = site.checkout(sourceIn(repo), { signal: stop.signal });
    await asked(1);
    expect(processesOf(`AMPCI_BUILD_MARK=test-${process.pid}.1`)).not.toEqual([]);
    stop.abort();
    expect((await checkout).result).toMatchObject({ kind: 'trouble', trouble: { kind: 'stopped' } });
    expect(processesOf(`AMPCI_BUILD_MARK=test-${process.pid}.1`)).toEqual([]);
    expect(readdirSync(join(site.datadir, 'mirrors'))).toEqual([]);
  });
});

describe('over TLS', () => {
  test('the authority of a certificate is taken from where Node takes it', async () => {
    await using secure = await startStandIn({ tls: true, validate: false });
    const repo = await secure.createRepo({ owner: 'acme', name: 'web', files: { a: 'a' } });
    using site = openSite({ server: secure.url });
    const { result } = await site.checkout(sourceIn(repo));
    expect(result).toMatchObject({
      trouble: { kind: 'unreachable', message: expect.stringContaining('certificate') },
    });
    for (const name of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS']) {
      const opened = site.reopened({ environment: { ...gitEnvironment, [name]: secure.caFile } });
      expect((await site.checkout(sourceIn(repo), { git: opened })).result).toMatchObject({
        kind: 'checked_out',
      });
    }
  });
});

describe('listing a remote', () => {
  const patience = { signal: new AbortController().signal, timeoutMs: 20_000 };

  test('tells all branches by their full names, and the default branch', async () => {
    using site = signedIn();
    const repo = await newRepo(true);
    const branches = [
      'HEAD',
      'feature/main',
      'refs/heads/main',
      '-x',
      'ünï/çode',
      `it's "$(id)"`.replaceAll(' ', ''),
    ];
    const shas = await hub.createBranches(repo, branches);
    const listing = await site.git.listRemote(repo.cloneUrl, patience);
    expect(listing).toMatchObject({ kind: 'listed', defaultBranch: 'main' });
    const heads = listing.kind === 'listed' ? listing.heads : [];
    expect(new Map(heads.map(({ branch, sha }) => [branch, sha]))).toEqual(
      new Map([...shas, ['main', repo.head()]]),
    );
  });

  test('of an empty repository says so', async () => {
    using site = signedIn();
    const repo = await hub.createRepo({ owner: 'acme', name: 'empty' });
    expect(await site.git.listRemote(repo.cloneUrl, patience)).toMatchObject({
      kind: 'trouble',
      trouble: 'empty',
    });
  });

  test.each([
    [{ do: 'not-found' }, 'missing'],
    [{ do: 'unauthorized' }, 'forbidden'],
    [{ do: 'sso' }, 'forbidden'],
    [{ do: 'html' }, 'unreadable'],
    [{ do: 'reset' }, 'unreadable'],
    [{ do: 'status', status: 502 }, 'unreadable'],
    [{ do: 'cut', afterBytes: 100 }, 'unreadable'],
    // Git takes it for a server of the old kind that has nothing.
    [{ do: 'garbage' }, 'empty'],
  ] as const)('where %j: %s', async (fault, trouble) => {
    using site = signedIn();
    const repo = await newRepo();
    hub.fault({ kind: 'git' }, fault);
    const listing = await site.git.listRemote(repo.cloneUrl, patience);
    expect(listing).toMatchObject({
      kind: 'trouble',
      trouble,
      message: expect.stringContaining(repo.cloneUrl),
    });
  });

  test('that is cut anywhere is no listing', async () => {
    using site = signedIn();
    const repo = await newRepo();
    await hub.createBranches(repo, ['a', 'b', 'c', 'd', 'e']);
    await site.git.listRemote(repo.cloneUrl, patience);
    const whole = hub.requests.at(-1)?.bytes ?? 0;
    expect(whole).toBeGreaterThan(300);
    for (const afterBytes of [0, 4, 60, 150, 250, whole - 4, whole - 1]) {
      hub.fault({ method: 'POST' }, { do: 'cut', afterBytes, chunked: true });
      expect(await site.git.listRemote(repo.cloneUrl, patience)).toMatchObject({ trouble: 'unreadable' });
      hub.clearFaults();
    }
  });

  test('ends in time', async () => {
    using site = signedIn();
    const repo = await newRepo();
    hub.fault({ kind: 'git' }, { do: 'hang' });
    const listing = await site.git.listRemote(repo.cloneUrl, { ...patience, timeoutMs: 200 });
    expect(listing).toMatchObject({
      trouble: 'unreadable',
      message: expect.stringContaining('did not answer in time'),
    });
  });
});

async function asked(count: number): Promise<void> {
  while (hub.requests.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

function processesOf(variable: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
    } catch {
      return false;
    }
  });
}

function filesUnder(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
}
