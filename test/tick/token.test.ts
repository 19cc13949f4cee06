import { afterEach, describe, expect, test } from 'vitest';
import { openSite, type Site, type SiteOptions } from '../site/site.ts';
import { type Hub, startStandIn } from '../stand-in/stand-in.ts';

const silent = { stdout: '', stderr: '', exitCode: 0 };
const withoutToken = { env: { GITHUB_TOKEN: '' } };
let opened = new AsyncDisposableStack();
afterEach(async () => {
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
});

/** Public repositories, all built once by a site that has a token. */
async function open(options: SiteOptions = {}): Promise<{ hub: Hub; site: Site }> {
  const hub = opened.use(await startStandIn({ token: 'secret' }));
  for (const name of ['amp_bootstrap', 'one', 'two']) {
    await hub.createRepo({ owner: 'acme', name, files: { 'README.md': 'hello' } });
  }
  const site = opened.use(
    openSite({ repos: ['one', 'two'], ...options, forge: { url: hub.url, token: 'secret' } }),
  );
  expect(await site.tick()).toMatchObject(silent);
  return { hub, site };
}

function built(site: Site): readonly string[] {
  return site.ledger().map(({ repo, branch }) => `${repo} ${branch}`);
}

function rows(site: Site): readonly string[] {
  return site.read<{ name: string }>('SELECT name FROM repos ORDER BY name').map(({ name }) => name);
}

describe('a build by hand from a shell without the token of the crontab', () => {
  test('mends what failed, and the polls with the token know of it', async () => {
    const { hub, site } = await open();
    site.script('build', 'exit 1');
    await hub.commit('acme/one', 'main', {});
    expect((await site.tick()).exitCode).toBe(1);
    expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI CRITICAL/);
    site.script('build', 'exit 0');
    expect((await site.ampci(['build', 'one'], withoutToken)).exitCode).toBe(0);
    expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI OK/);
    expect((await site.ampci(['history', 'one', '-n', '1'])).stdout).toMatch(/ success +one .* manual /);
    expect(rows(site)).toEqual(['amp_bootstrap', 'one', 'two']);
    const builds = site.read('SELECT id FROM builds').length;
    for (const args of [['poll'], ['poll', '--full']]) expect(await site.ampci(args)).toMatchObject(silent);
    expect(site.read('SELECT id FROM builds')).toHaveLength(builds);
    await hub.commit('acme/one', 'topic', {});
    expect(await site.tick()).toMatchObject(silent);
    expect(site.read('SELECT id FROM builds')).toHaveLength(builds + 1);
  });

  test('is done by the next poll if it is left to that', async () => {
    const { site } = await open();
    expect((await site.ampci(['build', 'one', '--queue'], withoutToken)).exitCode).toBe(0);
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect(built(site).toSorted()).toEqual(['one main', 'one main', 'two main']);
  });

  test('is of the repository that amp.yaml has, however its name is spelt', async () => {
    const { site } = await open();
    for (const args of [['poll'], ['build', 'ONE'], ['poll', 'Acme/ONE'], ['poll']])
      expect(await site.ampci(args, withoutToken)).toMatchObject({ stderr: '', exitCode: 0 });
    expect(rows(site)).toEqual(['amp_bootstrap', 'one', 'two']);
    expect(built(site).toSorted()).toEqual(['one main', 'one main', 'two main']);
  });

  test('of a repository that was renamed is a build of that repository', async () => {
    const { hub, site } = await open();
    hub.rename('acme/one', 'uno');
    await site.ampci(['poll', '--full']);
    expect((await site.ampci(['build', 'one'], withoutToken)).exitCode).toBe(0);
    expect(rows(site)).toEqual(['amp_bootstrap', 'two', 'uno']);
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect(built(site).toSorted()).toEqual(['one main', 'two main', 'uno main']);
  });
});

test('a build by hand with a token that the polls lack follows what was renamed since', async () => {
  const { hub, site } = await open();
  for (const args of [['poll', '--full'], ['poll']])
    expect(await site.ampci(args, withoutToken)).toMatchObject(silent);
  hub.rename('acme/one', 'uno');
  expect(await site.ampci(['build', 'one'])).toMatchObject({ exitCode: 0 });
  expect(rows(site)).toEqual(['amp_bootstrap', 'two', 'uno']);
  expect(built(site).toSorted()).toEqual(['one main', 'two main', 'uno main']);
});

test('a repository that git may not read when the token is gone keeps its heads until it may', async () => {
  const { hub, site } = await open({ config: { first_poll: 'default_branch' } });
  hub.fault({ kind: 'git', path: 'acme/one' }, { do: 'status', status: 403 });
  expect((await site.tick(withoutToken)).stderr).toMatch(/acme\/one[^\n]*\n$/);
  await hub.commit('acme/one', 'topic', {});
  hub.clearFaults();
  const mended = await site.tick({ ...withoutToken, laterMs: 120_000 });
  expect(mended).toMatchObject({ stderr: 'acme/one can be read again\n', exitCode: 0 });
  expect(built(site).toSorted()).toEqual(['one main', 'one topic', 'two main']);
  expect(rows(site)).toEqual(['amp_bootstrap', 'one', 'two']);
  expect(await site.ampci(['poll', '--full'], { laterMs: 180_000 })).toMatchObject(silent);
  expect(built(site)).toHaveLength(3);
});

test('of two repositories that had a name one after the other, git means the one that has it now', async () => {
  const { hub, site } = await open();
  hub.deleteRepo('acme/one');
  await hub.createRepo({ owner: 'acme', name: 'one', files: { 'README.md': 'anew' } });
  expect((await site.ampci(['poll', '--full'])).stderr).toMatch(
    /^acme\/one is another repository now, .*\n$/,
  );
  const before = built(site);
  expect(before).toHaveLength(3);
  expect(await site.tick(withoutToken)).toMatchObject(silent);
  expect(built(site)).toEqual(before);
});
