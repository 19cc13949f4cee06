import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openSite, type Site, type SiteOptions } from '../site/site.ts';
import { type Hub, startStandIn } from '../stand-in/stand-in.ts';

const token = 'secret';
const files = { 'README.md': 'hello' };
const silent = { stdout: '', stderr: '', exitCode: 0 };
let opened = new AsyncDisposableStack();
afterEach(async () => {
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
});

/** A stand-in with a bootstrap and these repositories of acme, and a site that watches them. */
async function open(
  repos: readonly string[],
  { config = {}, bootstrap = true }: Pick<SiteOptions, 'config'> & { readonly bootstrap?: boolean } = {},
): Promise<{ hub: Hub; site: Site }> {
  const hub = opened.use(await startStandIn({ token }));
  for (const name of bootstrap ? ['amp_bootstrap', ...repos] : repos)
    await hub.createRepo({ owner: 'acme', name, files });
  const site = opened.use(openSite({ repos, config, forge: { url: hub.url, token } }));
  return { hub, site };
}

function built(site: Site): readonly string[] {
  return site.ledger().map(({ repo, branch }) => `${repo} ${branch}`);
}

describe('a renamed repository', () => {
  test('is followed and told once, and built under the name that amp.yaml has', async () => {
    const { hub, site } = await open(['one', 'two'], {
      config: { scripts: { one: ['build'], '*': ['never'] } },
    });
    site.script('never', 'exit 1');
    await site.ampci(['poll', 'one']);
    hub.rename('acme/one', 'uno');
    await hub.commit('acme/uno', 'main', {});
    const told = await site.ampci(['poll', '--full']);
    expect(told.stderr).toContain('acme/one is now acme/uno: ampci follows it; change ');
    await hub.commit('acme/uno', 'main', {});
    expect(await site.ampci(['poll', 'one'])).toMatchObject(silent);
    expect(built(site)).toEqual(['one main', 'uno main', 'uno main']);
    expect((await site.ampci(['history', 'one'])).stdout).toMatch(/ uno +main /);
  });

  test('keeps its own entry, whatever globs fit its new name', async () => {
    const { hub, site } = await open(['one', 'two']);
    site.script('special', 'exit 7');
    site.configure({ repos: [{ name: 'one', scripts: { '*': ['special'] } }, 'o*', 'u*'] });
    await site.tick();
    hub.rename('acme/one', 'uno');
    await hub.commit('acme/uno', 'main', {});
    await site.tick();
    expect(site.read('SELECT step, exit_code AS code FROM builds')).toEqual([
      { step: 'special', code: 7 },
      { step: 'special', code: 7 },
    ]);
  });

  test('is not built again when amp.yaml has its new name', async () => {
    const { hub, site } = await open(['one']);
    await site.tick();
    hub.rename('acme/one', 'uno');
    expect((await site.ampci(['poll', '--full'])).stderr).toContain('acme/one is now acme/uno');
    site.configure({ repos: ['uno'] });
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect(built(site)).toEqual(['one main']);
    await hub.commit('acme/uno', 'main', {});
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual(['one main', 'uno main']);
  });

  test('is matched to its entry through another rename, after amp.yaml took up the first', async () => {
    const entry = (name: string) => ({ repos: [{ name, branches: ['main', 'topic'], scripts: own }, 'e*'] });
    const own = { '*': ['build'] };
    const { hub, site } = await open(['one'], { config: { ...entry('one'), scripts: { '*': ['never'] } } });
    site.script('never', 'exit 1');
    await site.tick();
    hub.rename('acme/one', 'uno');
    expect((await site.ampci(['poll', '--full'])).stderr).toContain('acme/one is now acme/uno');
    site.configure(entry('uno'));
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    hub.rename('acme/uno', 'eins');
    await hub.commit('acme/eins', 'topic', {});
    await hub.commit('acme/eins', 'other', {});
    const told = await site.ampci(['poll', '--full']);
    expect(told).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('acme/uno is now acme/eins') });
    expect(built(site)).toEqual(['one main', 'eins topic']);
    await hub.commit('acme/amp_bootstrap', 'main', {});
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual(['one main', 'eins topic', 'eins main']);
    hub.resetCounters();
    expect(await site.tick()).toMatchObject(silent);
    expect(hub.requests.map(({ status }) => status)).toEqual([304]);
  });

  test('keeps the entry that amp.yaml has for it, however often it is renamed', async () => {
    const repos = [{ name: 'one', branches: ['main'] }];
    const { hub, site } = await open(['one'], { config: { repos } });
    await site.tick();
    for (const [from, to] of [
      ['one', 'uno'],
      ['uno', 'eins'],
    ] as const) {
      hub.rename(`acme/${from}`, to);
      await hub.commit(`acme/${to}`, 'main', {});
      await hub.commit(`acme/${to}`, 'topic', {});
      expect((await site.ampci(['poll', '--full'])).stderr).toContain(`acme/${from} is now acme/${to}: `);
    }
    expect(built(site)).toEqual(['one main', 'uno main', 'eins main']);
  });

  test('is told once beside a moved bootstrap, and built under its new name', async () => {
    const { hub, site } = await open(['one', 'two']);
    await site.tick();
    hub.rename('acme/one', 'uno');
    await hub.commit('acme/amp_bootstrap', 'main', {});
    expect((await site.tick()).stderr).toMatch(/^acme\/one is now acme\/uno: [^\n]*\n$/);
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect(built(site).toSorted()).toEqual(['one main', 'two main', 'two main', 'uno main']);
  });

  test('is told by the next poll if a build by hand came across it first', async () => {
    const { hub, site } = await open(['one'], { config: { repos: [{ name: 'one', branches: ['main'] }] } });
    await site.tick();
    hub.rename('acme/one', 'uno');
    await hub.commit('acme/uno', 'topic', {});
    expect((await site.ampci(['build', 'one'])).exitCode).toBe(0);
    const told = await site.ampci(['poll', '--full']);
    expect(told).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('acme/one is now acme/uno: '),
    });
    expect(built(site)).toEqual(['one main', 'uno main']);
  });

  test('before it was first seen is matched to its entry, and told once', async () => {
    const repos = [{ name: 'one', branches: ['main', 'topic'], scripts: { '*': ['build'] } }, 'two'];
    const { hub, site } = await open(['one', 'two'], { config: { repos, scripts: { two: ['build'] } } });
    hub.rename('acme/one', 'uno');
    await hub.commit('acme/uno', 'other', {});
    expect((await site.tick()).stderr).toMatch(
      /^acme\/one is now acme\/uno: ampci follows it; change \S+ when it suits you\n$/,
    );
    await hub.commit('acme/uno', 'topic', {});
    await hub.commit('acme/uno', 'other', {});
    for (const args of [['poll', '--full'], ['poll']]) expect(await site.ampci(args)).toMatchObject(silent);
    expect(built(site).toSorted()).toEqual(['two main', 'uno main', 'uno topic']);
    expect((await site.ampci(['history', 'one'])).stdout).toMatch(/ uno +topic /);
    hub.resetCounters();
    expect(await site.tick()).toMatchObject(silent);
    expect(hub.requests.map(({ status }) => status)).toEqual([304]);
  });

  test('before it was first seen is followed also where it is the bootstrap', async () => {
    const { hub, site } = await open(['one']);
    hub.rename('acme/amp_bootstrap', 'amp_boot');
    expect((await site.ampci(['poll', '--dry-run'])).stdout).toMatch(/one +main /);
    const told = await site.tick();
    expect(told.stderr).toMatch(/^acme\/amp_bootstrap is now acme\/amp_boot: [^\n]*\n$/);
    await hub.commit('acme/amp_boot', 'main', {});
    for (const args of [['poll'], ['poll', '--full']]) expect(await site.ampci(args)).toMatchObject(silent);
    expect(built(site)).toEqual(['one main', 'one main']);
  });

  test('before it was first seen is told by a build by hand too', async () => {
    const { hub, site } = await open(['one'], { config: { repos: [{ name: 'one', branches: ['main'] }] } });
    hub.rename('acme/one', 'uno');
    await hub.commit('acme/uno', 'topic', {});
    expect((await site.ampci(['build', 'one'])).exitCode).toBe(0);
    const told = await site.ampci(['poll', '--full']);
    expect(told.stderr).toContain('acme/one is now acme/uno: ');
    expect(built(site)).toEqual(['uno main']);
  });

  test('settles, and is found, in whatever case amp.yaml and people write its name', async () => {
    const { hub, site } = await open(['one', 'two'], { config: { repos: ['Acme/One', 'two'] } });
    expect(await site.tick()).toMatchObject(silent);
    hub.rename('acme/one', 'ONE');
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    hub.rename('acme/one', 'uno');
    expect((await site.ampci(['poll', '--full'])).stderr).toContain('acme/ONE is now acme/uno');
    for (const name of ['One', 'acme/one', 'UNO', 'ACME/Uno'])
      expect((await site.ampci(['history', name])).stdout).toMatch(/ uno +main /);
    await site.tick();
    hub.resetCounters();
    expect(await site.tick()).toMatchObject(silent);
    expect(hub.requests.map(({ status }) => status)).toEqual([304]);
    await hub.commit('acme/two', 'main', {});
    expect(await site.tick()).toMatchObject(silent);
    const questions = hub.requests.filter(({ kind }) => kind === 'graphql').map(({ body }) => body);
    expect(questions).toEqual([expect.stringMatching(/"two"/)]);
    expect(questions).toEqual([expect.not.stringMatching(/"(one|uno)"/i)]);
    expect(built(site).toSorted()).toEqual(['one main', 'two main', 'two main']);
  });
});

test('a repository that is made with another spelling than that of amp.yaml can be read again', async () => {
  const { hub, site } = await open(['one'], { config: { repos: ['one', 'Acme/Two'] } });
  expect((await site.tick()).stderr).toMatch(/^\S+\/Two does not exist/);
  await hub.createRepo({ owner: 'acme', name: 'two', files });
  expect((await site.tick()).stderr).toBe('acme/two can be read again\n');
  expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI OK/);
  expect(built(site)).toEqual(['one main', 'two main']);
});

test('the former name of a repository is free for another one once amp.yaml has the new name', async () => {
  const { hub, site } = await open(['one']);
  await site.tick();
  hub.rename('acme/one', 'uno');
  await site.ampci(['poll', '--full']);
  site.configure({ repos: ['uno', 'one'] });
  await hub.commit('acme/uno', 'main', {});
  expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
  expect(built(site)).toEqual(['one main', 'uno main']);
  expect(site.read('SELECT 1 FROM decisions')).toHaveLength(2);
  await hub.createRepo({ owner: 'acme', name: 'one', files });
  expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
  expect(built(site)).toEqual(['one main', 'uno main', 'one main']);
});

describe('a repository that takes the former name of a renamed one', () => {
  test('is the one that amp.yaml means, which is told once; without it the other was followed', async () => {
    const { hub, site } = await open(['one', 'two']);
    await site.tick();
    hub.rename('acme/one', 'one-old');
    await hub.commit('acme/one-old', 'main', {});
    expect((await site.tick()).stderr).toContain('acme/one is now acme/one-old: ampci follows it; ');
    await site.tick();
    hub.resetCounters();
    expect(await site.tick()).toMatchObject(silent);
    expect(hub.requests.map(({ status }) => status)).toEqual([304]);
    await hub.createRepo({ owner: 'acme', name: 'one', files });
    expect((await site.ampci(['poll', '--full'])).stderr).toMatch(
      /^acme\/one is another repository now.*; acme\/one-old, which was called so, is no longer watched: .*\n$/,
    );
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    await hub.commit('acme/one', 'main', {});
    await hub.commit('acme/one-old', 'main', {});
    await hub.commit('acme/amp_bootstrap', 'main', {});
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect(built(site).toSorted()).toEqual([
      ...['one main', 'one main', 'one main', 'one-old main'],
      ...['two main', 'two main'],
    ]);
    expect((await site.ampci(['history', 'one'])).stdout).not.toContain('one-old');
    hub.resetCounters();
    expect(await site.tick()).toMatchObject(silent);
    expect(hub.requests.map(({ status }) => status)).toEqual([304]);
  });

  test('is seen by an ordinary tick, and the other goes on where amp.yaml has it by a glob', async () => {
    const { hub, site } = await open(['one'], { config: { repos: ['one', 'one-*'] } });
    await site.tick();
    hub.rename('acme/one', 'one-old');
    await site.ampci(['poll', '--full']);
    await hub.createRepo({ owner: 'acme', name: 'one', files });
    expect(await site.tick()).toMatchObject(silent);
    await hub.commit('acme/one', 'main', {});
    await hub.commit('acme/one-old', 'main', {});
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site).toSorted()).toEqual(['one main', 'one main', 'one main', 'one-old main']);
  });

  test('is the bootstrap, if that was renamed', async () => {
    const { hub, site } = await open(['one']);
    await site.tick();
    hub.rename('acme/amp_bootstrap', 'amp_bootstrap_old');
    await site.ampci(['poll', '--full']);
    const successor = await hub.createRepo({ owner: 'acme', name: 'amp_bootstrap', files });
    expect((await site.tick()).stderr).toMatch(/^acme\/amp_bootstrap is another repository now[^\n]+\n$/);
    await hub.commit('acme/amp_bootstrap_old', 'main', {});
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect(site.ledger().at(-1)).toMatchObject({ repo: 'one', bootstrapSha: successor.head() });
    expect(built(site)).toEqual(['one main', 'one main']);
  });

  test('is the one that amp.yaml means also where the other went to another owner', async () => {
    const { hub, site } = await open(['one']);
    hub.addAccount('other', 'Organization');
    await site.tick();
    hub.transfer('acme/one', 'other');
    await site.ampci(['poll', '--full']);
    await hub.createRepo({ owner: 'acme', name: 'one', files });
    expect((await site.ampci(['poll', '--full'])).stderr).toMatch(/^acme\/one is another repository now, /);
    await hub.commit('other/one', 'main', {});
    await hub.commit('acme/one', 'main', {});
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual(['one main', 'one main', 'one main']);
  });
});

describe('a repository that is made anew under the name of a deleted one', () => {
  test('takes its place at once: nothing of the other is built any more', async () => {
    const { hub, site } = await open(['one', 'two']);
    await site.tick();
    await hub.commit('acme/one', 'topic', {});
    expect(await site.tick()).toMatchObject(silent);
    expect((await site.ampci(['build', 'one', '--queue'])).exitCode).toBe(0);
    hub.deleteRepo('acme/one');
    const anew = await hub.createRepo({ owner: 'acme', name: 'one', files });
    await hub.commit('acme/amp_bootstrap', 'main', {});
    expect((await site.tick()).stderr).toBe(
      'acme/one is another repository now, and ampci goes on with that\n',
    );
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site).slice(3).toSorted()).toEqual(['one main', 'two main']);
    expect(site.ledger().slice(3)).toContainEqual(expect.objectContaining({ repo: 'one', sha: anew.head() }));
    expect(site.read("SELECT message FROM builds WHERE state = 'cancelled'")).toEqual([
      { message: 'another repository has its name now' },
    ]);
    const sha = anew.head()?.slice(0, 7);
    for (const command of ['why', 'history'])
      expect((await site.ampci([command, 'one'])).stdout).toContain(sha);
    expect((await site.ampci(['history', 'one'])).stdout).not.toContain('topic');
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    hub.resetCounters();
    expect(await site.tick()).toMatchObject(silent);
    expect(hub.requests.map(({ status }) => status)).toEqual([304]);
  });

  test('also where the name went to one that was known before', async () => {
    const { hub, site } = await open(['one', 'two']);
    await site.tick();
    hub.deleteRepo('acme/two');
    hub.rename('acme/one', 'two');
    await hub.commit('acme/amp_bootstrap', 'main', {});
    await site.tick();
    await site.ampci(['poll', '--full']);
    expect(built(site).slice(2)).toEqual(['two main']);
    expect(site.ledger().at(-1)).toMatchObject({ sha: hub.repo('acme/two').head() });
  });

  test('is checked out without branches and tags of the other', async () => {
    const { hub, site } = await open(['one']);
    site.script('build', 'git -C src_repos/one for-each-ref --format="%(refname)" refs/remotes refs/tags');
    const { path } = hub.repo('acme/one');
    await hub.commit('acme/one', 'topic', {});
    writeFileSync(join(path, 'refs/tags/v1'), `${hub.repo('acme/one').head()}\n`);
    await site.tick();
    expect((await site.ampci(['log', 'one', 'main'])).stdout).toMatch(/origin\/topic\n.*refs\/tags\/v1/s);
    hub.deleteRepo('acme/one');
    await hub.createRepo({ owner: 'acme', name: 'one', files });
    await site.tick();
    const { stdout } = await site.ampci(['log', 'one']);
    expect(stdout).toMatch(/origin\/main\n/);
    expect(stdout).not.toMatch(/origin\/topic\n|refs\/tags\/v1|anew/);
  });

  test('is noticed by a glob though the other is not to be asked for yet, and by a build by hand', async () => {
    const { hub, site } = await open(['one', 'two'], { config: { repos: ['o*', 'two'] } });
    await site.tick();
    for (const name of ['one', 'two']) hub.deleteRepo(`acme/${name}`);
    expect((await site.ampci(['poll', '--full'])).stderr).toMatch(/acme\/one does not exist/);
    for (const name of ['one', 'two']) await hub.createRepo({ owner: 'acme', name, files });
    expect((await site.ampci(['build', 'two'])).exitCode).toBe(0);
    await hub.commit('acme/amp_bootstrap', 'main', {});
    expect((await site.tick()).stderr.split('\n').toSorted()).toEqual([
      '',
      'acme/one is another repository now, and ampci goes on with that',
      'acme/two is another repository now, and ampci goes on with that',
    ]);
    expect(await site.tick()).toMatchObject(silent);
    const shas = ['one', 'two'].map((name) => hub.repo(`acme/${name}`).head());
    expect(site.ledger().slice(2).length).toBeGreaterThan(1);
    for (const { sha } of site.ledger().slice(2)) expect(shas).toContain(sha);
  });
});

test('a repository that amp.yaml no longer has is left alone, and built again when it is back', async () => {
  const { hub, site } = await open(['one', 'two']);
  await site.tick();
  site.configure({ repos: ['one'] });
  await hub.commit('acme/two', 'main', {});
  expect(await site.tick()).toMatchObject(silent);
  expect((await site.ampci(['build', 'two'])).exitCode).toBe(2);
  expect(built(site).filter((each) => each === 'two main')).toHaveLength(1);
  site.configure({ repos: ['one', 'two'] });
  expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
  expect(built(site).filter((each) => each === 'two main')).toHaveLength(2);
  expect(built(site).filter((each) => each === 'one main')).toHaveLength(1);
});

test('an archived repository is told once, the others go on; once it is active again, so is this', async () => {
  const { hub, site } = await open(['one', 'two']);
  await site.tick();
  hub.archive('acme/one');
  await hub.commit('acme/two', 'main', {});
  const told = await site.ampci(['poll', '--full']);
  expect(told.stderr).toMatch(/^acme\/one.*archived.*\n$/m);
  expect(told.exitCode).toBe(0);
  expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
  expect(built(site).filter((each) => each === 'two main')).toHaveLength(2);
  hub.archive('acme/one', false);
  await hub.commit('acme/one', 'main', {});
  const mended = await site.ampci(['poll', '--full'], { laterMs: 3_700_000 });
  expect(mended.stderr).toMatch(/one can be read again/);
  expect(built(site).filter((each) => each === 'one main')).toHaveLength(2);
});

test.each<[string, (hub: Hub) => void]>([
  ['deleted', (hub) => hub.deleteRepo('acme/one')],
  ['out of the token’s reach', (hub) => hub.setPrivate('acme/one', true)],
])('a repository that is %s is told once, and the others go on', async (_, lose) => {
  const { hub, site } = await open(['one', 'two']);
  hub.addToken({ token: 'narrow', repos: [] });
  const env = { GITHUB_TOKEN: 'narrow' };
  await site.tick({ env });
  lose(hub);
  await hub.commit('acme/two', 'main', {});
  const told = await site.ampci(['poll', '--full'], { env });
  expect(told.exitCode).toBe(0);
  expect(told.stderr).toMatch(/^acme\/one does not exist, or the token may not see it: .*\n$/);
  expect(await site.ampci(['poll', '--full'], { env })).toMatchObject(silent);
  expect(built(site).filter((each) => each === 'two main')).toHaveLength(2);
  expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI WARNING - .*one cannot be read/);
});

test('a repository that was never seen is told once, though a look lasts until it may be asked again', async () => {
  const { hub, site } = await open(['one'], { config: { repos: ['one', 'gone'] } });
  expect((await site.tick()).stderr).toMatch(/^acme\/gone does not exist/);
  const askAfter = Date.now() + 3000;
  site.write(`UPDATE repos SET ask_after = ${askAfter} WHERE name = 'gone'`);
  hub.fault({ path: '/orgs/acme/repos' }, { do: 'slow', bytes: 1024, everyMs: 500 });
  expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
  const [look] = site.read(
    'SELECT started_at AS start, finished_at AS end FROM polls ORDER BY id DESC LIMIT 1',
  );
  expect(look).toEqual({
    start: expect.toSatisfy((ms) => ms < askAfter),
    end: expect.toSatisfy((ms) => ms > askAfter),
  });
  hub.clearFaults();
  expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
});

test('without the bootstrap nothing is built nor lost, which is told once; when it appears all is built', async () => {
  const { hub, site } = await open(['one', 'two'], { bootstrap: false });
  const first = await site.tick();
  expect(first.stderr).toMatch(/acme\/amp_bootstrap/);
  expect(first.stderr.trimEnd().split('\n')).toHaveLength(1);
  await hub.commit('acme/one', 'topic', {});
  expect((await site.ampci(['poll', '--full'])).stderr).toBe('');
  expect(built(site)).toEqual([]);
  await hub.createRepo({ owner: 'acme', name: 'amp_bootstrap', files });
  const last = await site.ampci(['poll', '--full'], { laterMs: 3_700_000 });
  expect(last.stderr).toMatch(/amp_bootstrap can be read again/);
  expect(built(site).toSorted()).toEqual(['one main', 'one topic', 'two main']);
});

test('an empty repository is watched until something is pushed to it', async () => {
  const { hub, site } = await open(['one']);
  await hub.createRepo({ owner: 'acme', name: 'new' });
  site.configure({ repos: ['one', 'new'] });
  const first = await site.tick();
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toMatch(/^acme\/new .*empty.*\n$|^$/);
  await hub.commit('acme/new', 'main', {});
  const next = await site.ampci(['poll', '--full'], { laterMs: 3_700_000 });
  expect(next.exitCode).toBe(0);
  expect(built(site)).toEqual(['one main', 'new main']);
});

test('repositories of two owners, of which one is a person, are watched together', async () => {
  const { hub, site } = await open(['one']);
  await hub.createRepo({ owner: 'ada', ownerType: 'User', name: 'tool', files });
  await hub.createRepo({ owner: 'ada', ownerType: 'User', name: 'one', files });
  site.configure({ repos: ['one', 'ada/tool', { name: 'ada/one', branches: ['main'] }] });
  expect(await site.tick()).toMatchObject(silent);
  expect(built(site).toSorted()).toEqual(['one main', 'one main', 'tool main']);
  await hub.commit('ada/one', 'main', {});
  await hub.commit('ada/one', 'topic', {});
  expect(await site.tick()).toMatchObject(silent);
  expect(built(site)).toHaveLength(4);
  expect((await site.ampci(['history', '-n', '1'])).stdout).toMatch(/ ada\/one +main /);
  const [ours, theirs] = await Promise.all(['one', 'ada/one'].map((name) => site.ampci(['log', name])));
  expect(ours?.stdout).not.toBe('');
  expect(theirs?.exitCode).toBe(0);
  hub.resetCounters();
  expect(await site.tick()).toMatchObject(silent);
  expect(hub.requests.map(({ status }) => status)).toEqual([304, 304]);
});

test('a personal account with private repositories', async () => {
  const { hub } = await open(['unused']);
  for (const name of ['amp_bootstrap', 'tool']) {
    await hub.createRepo({ owner: 'ada', ownerType: 'User', name, private: true, files });
  }
  hub.addToken({ token: 'adas', user: 'ada' });
  const site = opened.use(
    openSite({
      repos: ['tool'],
      config: { baseurl: `${hub.url}/ada` },
      forge: { url: hub.url, token: 'adas' },
    }),
  );
  expect(await site.tick()).toMatchObject(silent);
  await hub.commit('ada/tool', 'main', {});
  expect(await site.tick()).toMatchObject(silent);
  expect(built(site)).toEqual(['tool main', 'tool main']);
});

test('a glob takes up what is made later, in any case of its letters', async () => {
  const { hub, site } = await open(['amp_one', 'other'], { config: { repos: ['amp_*'] } });
  expect(await site.tick()).toMatchObject(silent);
  expect(built(site)).toEqual(['amp_one main']);
  await hub.createRepo({ owner: 'acme', name: 'AMP_two', files });
  expect(await site.tick()).toMatchObject(silent);
  expect(built(site)).toEqual(['amp_one main', 'AMP_two main']);
});

test('status forgets the end of a token when another one without an end takes its place', async () => {
  const { hub, site } = await open(['one']);
  hub.addToken({ token: 'short', expires: Date.now() + 24 * 3_600_000 });
  await site.ampci(['poll'], { env: { GITHUB_TOKEN: 'short' } });
  expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI CRITICAL .*token_expires_in/);
  await site.ampci(['poll', '--full'], { env: { GITHUB_TOKEN: token } });
  expect(await site.ampci(['status'])).toMatchObject({
    exitCode: 0,
    stdout: expect.not.stringContaining('token_expires_in'),
  });
});

describe('a repository that only a glob has', () => {
  const config = { repos: ['amp_*'] };

  test('is followed through a rename that the glob fits, and nothing is to be changed', async () => {
    const { hub, site } = await open(['amp_one'], { config });
    await site.tick();
    hub.rename('acme/amp_one', 'amp_uno');
    await hub.commit('acme/amp_uno', 'main', {});
    expect((await site.tick()).stderr).toBe('acme/amp_one is now acme/amp_uno: ampci follows it\n');
    await hub.createRepo({ owner: 'acme', name: 'amp_one', files });
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect((await site.ampci(['build', 'amp_one'])).exitCode).toBe(0);
    expect(built(site)).toEqual(['amp_one main', 'amp_uno main', 'amp_one main', 'amp_one main']);
  });

  test.each<[string, string, (hub: Hub) => void]>([
    ['to another owner', 'other/amp_one', (hub) => hub.transfer('acme/amp_one', 'other')],
    ['out of the glob', 'acme/one', (hub) => hub.rename('acme/amp_one', 'one')],
  ])('and that moves %s is not watched any more, which is told once', async (_, now, move) => {
    const { hub, site } = await open(['amp_one', 'amp_two'], { config });
    hub.addAccount('other', 'Organization');
    await site.tick();
    move(hub);
    await hub.commit(now, 'main', {});
    await hub.commit('acme/amp_bootstrap', 'main', {});
    const told = await site.tick();
    expect(told).toMatchObject({ stdout: '', exitCode: 0 });
    expect(told.stderr).toMatch(
      new RegExp(`^acme/amp_one is now ${now}, which repos in \\S+/amp.yaml does not have: .*\n$`),
    );
    for (const args of [['poll', '--full'], ['poll']]) expect(await site.ampci(args)).toMatchObject(silent);
    expect(built(site).toSorted()).toEqual(['amp_one main', 'amp_two main', 'amp_two main']);
    hub.resetCounters();
    expect(await site.tick()).toMatchObject(silent);
    expect(hub.requests.map(({ status }) => status)).toEqual([304]);
    site.configure({ repos: ['amp_*', now] });
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toHaveLength(4);
  });

  test('and that moved is not built though a poll asks for it by its name', async () => {
    const { hub, site } = await open(['amp_one'], { config });
    await site.tick();
    hub.rename('acme/amp_one', 'one');
    await hub.commit('acme/one', 'main', {});
    expect((await site.ampci(['poll', 'amp_one'])).stderr).toMatch(/^acme\/amp_one is now acme\/one, which /);
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect(built(site)).toEqual(['amp_one main']);
  });
});
