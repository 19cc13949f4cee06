import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSite, type Site, type SiteOptions } from '../site/site.ts';
import { startProxy } from '../stand-in/proxy.ts';
import { type Hub, type StandInOptions, startStandIn } from '../stand-in/stand-in.ts';

const silent = { stdout: '', stderr: '', exitCode: 0 };

async function startHub(options: StandInOptions = {}, isPrivate = true): Promise<Hub> {
  const hub = await startStandIn(options);
  for (const name of ['amp_bootstrap', 'one']) {
    await hub.createRepo({ owner: 'acme', name, private: isPrivate, files: { 'README.md': 'hello' } });
  }
  return hub;
}

function open(hub: Hub, token: string | null, config: SiteOptions['config'] = {}) {
  return openSite({ forge: { url: hub.url, token }, config });
}

describe('a GitHub App', () => {
  test('gives tokens that see the repositories; one serves many ticks and is seen nowhere', async () => {
    await using hub = await startHub();
    const key = hub.addApp({ id: 1234, installations: [{ id: 5678, owner: 'acme' }] });
    using site = open(hub, null, { app: { id: 1234, installation_id: 5678, private_key_file: 'app.pem' } });
    writeFileSync(join(site.folder, 'app.pem'), key ?? '', { mode: 0o600 });
    site.script('build', `${readFileSync(join(site.folder, 'build'), 'utf8')}\nenv > '${site.folder}/env'`);
    expect(await site.tick()).toMatchObject(silent);
    await hub.commit('acme/one', 'main', {});
    expect(await site.tick()).toMatchObject(silent);
    expect(site.ledger()).toHaveLength(2);
    expect(hub.requests.filter(({ path }) => path.includes('/access_tokens'))).toHaveLength(1);
    const { token } = JSON.parse(readFileSync(join(site.datadir, 'app-token.json'), 'utf8'));
    expect(token).toMatch(/^ghs_/);
    expect(statSync(join(site.datadir, 'app-token.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(site.folder, 'env'), 'utf8')).not.toContain(token);
    expect(readFileSync(join(site.folder, 'env'), 'utf8')).not.toContain('PRIVATE KEY');
    hub.resetCounters();
    expect(await site.tick()).toMatchObject(silent);
    expect(hub.requests.map(({ status }) => status)).toEqual([304]);
  });

  test('finds its installation by the owner, and a dry run keeps no token', async () => {
    await using hub = await startHub();
    const key = hub.addApp({ id: 1234, installations: [{ id: 5678, owner: 'acme' }] });
    using site = open(hub, null, { app: { id: 1234, private_key_file: 'app.pem' } });
    writeFileSync(join(site.folder, 'app.pem'), key ?? '', { mode: 0o600 });
    expect(await site.tick()).toMatchObject(silent);
    rmSync(join(site.datadir, 'app-token.json'));
    const before = readdirSync(site.datadir);
    expect((await site.ampci(['poll', '--dry-run', '--full'])).exitCode).toBe(0);
    expect(readdirSync(site.datadir)).toEqual(before);
  });

  test('whose key is wrong stops the poll with the reason, once', async () => {
    await using hub = await startHub();
    hub.addApp({ id: 1234, installations: [{ id: 5678, owner: 'acme' }] });
    await using other = await startHub();
    const key = other.addApp({ id: 1234, installations: [{ id: 5678, owner: 'acme' }] });
    using site = open(hub, null, { app: { id: 1234, installation_id: 5678, private_key_file: 'app.pem' } });
    writeFileSync(join(site.folder, 'app.pem'), key ?? '', { mode: 0o600 });
    const first = await site.tick();
    expect(first).toMatchObject({ stdout: '', exitCode: 3 });
    expect(first.stderr).toMatch(/^ampci cannot poll: .*app/i);
    expect(await site.tick()).toMatchObject({ stdout: '', stderr: '', exitCode: 3 });
  });
});

describe('a token file', () => {
  test('is read where the environment has no token', async () => {
    await using hub = await startHub({ token: 'from-a-file' });
    using site = open(hub, null, { token_file: 'token' });
    writeFileSync(join(site.folder, 'token'), 'from-a-file\n', { mode: 0o600 });
    expect(await site.tick()).toMatchObject(silent);
    expect(site.ledger()).toHaveLength(1);
  });

  test('that others can read is refused before anything is done', async () => {
    await using hub = await startHub({ token: 'from-a-file' });
    using site = open(hub, null, { token_file: 'token' });
    writeFileSync(join(site.folder, 'token'), 'from-a-file\n');
    chmodSync(join(site.folder, 'token'), 0o644);
    const { stdout, stderr, exitCode } = await site.tick();
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^ampci: .*\/token.*chmod 600/);
    expect(hub.requests).toEqual([]);
  });
});

test('a wrong token stops the poll at its first answer, is told once, and again when all is well', async () => {
  await using hub = await startHub({ token: 'right' });
  using site = open(hub, 'wrong');
  const first = await site.tick();
  expect(first).toMatchObject({ stdout: '', exitCode: 3 });
  expect(first.stderr).toMatch(/^ampci cannot poll: .*401.*\n$|^ampci cannot poll: .*token.*\n$/);
  expect(hub.requests).toHaveLength(1);
  expect(await site.tick()).toMatchObject({ stderr: '', exitCode: 3 });
  const env = { GITHUB_TOKEN: 'right' };
  expect((await site.tick({ env })).stderr).toMatch(/^ampci polls again; /);
  expect(site.ledger()).toHaveLength(1);
});

test('without a token public repositories are watched by git alone', async () => {
  await using hub = await startHub({}, false);
  using site = open(hub, null);
  expect(await site.tick()).toMatchObject(silent);
  await hub.commit('acme/one', 'main', {});
  expect(await site.tick()).toMatchObject(silent);
  expect(site.ledger()).toHaveLength(2);
  expect(new Set(hub.requests.map(({ kind }) => kind))).toEqual(new Set(['git']));
});

describe('a proxy', () => {
  test('of HTTPS_PROXY carries all that the API and git are asked, by TLS', async () => {
    await using hub = await startHub({ token: 'secret', tls: true });
    await using proxy = await startProxy();
    using site = open(hub, 'secret');
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: hub.caFile, GIT_SSL_CAINFO: hub.caFile };
    expect(await site.tick({ env })).toMatchObject(silent);
    expect(site.ledger()).toHaveLength(1);
    expect(proxy.requests.length).toBeGreaterThan(2);
    for (const request of proxy.requests) expect(request).toBe(`CONNECT ${new URL(hub.url).host}`);
    const before = proxy.requests.length;
    expect(await site.tick({ env: { ...env, NO_PROXY: '127.0.0.1' } })).toMatchObject(silent);
    expect(proxy.requests).toHaveLength(before);
  });

  test('that is not there is an outage', async () => {
    await using hub = await startHub({ token: 'secret' });
    using site = open(hub, 'secret');
    const { stderr, exitCode } = await site.tick({ env: { http_proxy: 'http://127.0.0.1:9' } });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^ampci cannot poll: .*127\.0\.0\.1.*\n$/);
  });
});

describe('a user who may only read', () => {
  const isRoot = process.getuid?.() === 0;
  // Root may write anywhere: there the reader is nobody. Else it is enough that nobody may write.
  const through = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const reader = { through, env: { HOME: '/nonexistent' } };

  async function openReadable(): Promise<Disposable & { readonly site: Site }> {
    const site = openSite();
    for (const remote of [site.bootstrap, site.repo('one')]) remote.push();
    await site.tick();
    chmodSync(site.folder, 0o755);
    const setModes = (mode: number) => {
      for (const name of ['', 'locks', 'logs', 'logs/builds']) chmodSync(join(site.datadir, name), mode);
    };
    setModes(isRoot ? 0o755 : 0o555);
    return {
      site,
      [Symbol.dispose]() {
        setModes(0o755);
        site[Symbol.dispose]();
      },
    };
  }

  test('sees status, history and why', async () => {
    using place = await openReadable();
    for (const args of [['status'], ['history'], ['why', 'one']]) {
      const { stdout, stderr, exitCode } = await place.site.ampci(args, reader);
      expect({ args, stderr, exitCode }).toEqual({ args, stderr: '', exitCode: 0 });
      expect(stdout).not.toBe('');
    }
  });

  test('is told that a poll needs to write', async () => {
    using place = await openReadable();
    const { stderr, exitCode } = await place.site.ampci(['poll'], reader);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^ampci: .*\/data.*\n$/);
  });

  test.skipIf(!isRoot)('is told whose the logs are', async () => {
    using place = await openReadable();
    const { stdout, stderr, exitCode } = await place.site.ampci(['log', '1'], reader);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^ampci: .*1\.log may not be read by this user: .*\n$/);
  });
});
