import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { git } from '../git/site.ts';
import { held, hold, holding, until } from '../program/held.ts';
import { openSite, type Site } from '../site/site.ts';
import type { Fault } from '../stand-in/stand-in.ts';
import { githubSite } from './github-site.ts';

const silence = { exitCode: 0, signal: null, stdout: '', stderr: '' };
const minuteMs = 60_000;

interface Damage {
  readonly name: string;
  spoil(mirror: string): void;
}

function filesIn(folder: string, wanted: RegExp): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    wanted.test(file),
  );
  if (files.length === 0) throw new Error(`nothing in ${folder} fits ${wanted}`);
  return files.map((file) => join(folder, file));
}

const damages: readonly Damage[] = [
  {
    name: 'a mirror with lock files of a git that died',
    spoil(mirror) {
      for (const file of ['packed-refs.lock', 'refs/heads/main.lock', 'shallow.lock', 'config.lock']) {
        writeFileSync(join(mirror, file), '');
      }
    },
  },
  {
    name: 'a mirror with a pack that was cut',
    spoil(mirror) {
      for (const file of filesIn(mirror, /\.pack$/)) rewrite(file, (bytes) => bytes.subarray(0, 40));
    },
  },
  {
    name: 'a mirror with a pack whose bytes have changed',
    spoil(mirror) {
      for (const file of filesIn(mirror, /\.pack$/)) rewrite(file, (bytes) => bytes.fill(0x55, 12, 60));
    },
  },
  {
    name: 'a mirror whose objects are missing',
    spoil(mirror) {
      rmSync(join(mirror, 'objects'), { recursive: true });
      mkdirSync(join(mirror, 'objects'));
    },
  },
  {
    name: 'a mirror with damaged references',
    spoil: (mirror) => writeFileSync(join(mirror, 'packed-refs'), 'nonsense\n'),
  },
  { name: 'a mirror without HEAD', spoil: (mirror) => rmSync(join(mirror, 'HEAD')) },
  { name: 'an empty folder in place of a mirror', spoil: (mirror) => emptied(mirror) },
  {
    name: 'a file in place of a mirror',
    spoil(mirror) {
      rmSync(mirror, { recursive: true });
      writeFileSync(mirror, 'what is this?');
    },
  },
];

/** Git leaves its packs without write permission. */
function rewrite(file: string, change: (bytes: Buffer) => Buffer): void {
  const bytes = change(readFileSync(file));
  rmSync(file);
  writeFileSync(file, bytes);
}

function emptied(folder: string): void {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
}

describe.concurrent('a damaged mirror is put right by the build that finds it, in its first attempt', () => {
  test.each(damages)('$name', async ({ spoil }) => {
    using site = openSite();
    site.bootstrap.push();
    for (let commit = 0; commit < 3; commit += 1) site.repo('one').push();
    expect(await site.tick()).toEqual(silence);
    for (const mirror of mirrorsOf(site)) spoil(mirror);
    site.repo('one').push();
    expect(await site.tick()).toEqual(silence);
    expect(site.read('SELECT state, attempt FROM builds WHERE id = 2')).toEqual([
      { state: 'success', attempt: 1 },
    ]);
    await site.ampci(['prune']);
    expect(await site.violations()).toEqual([]);
  });

  test('lock files that no fetch comes across', async () => {
    using site = openSite();
    site.bootstrap.push();
    site.repo('one').push();
    await site.tick();
    for (const mirror of mirrorsOf(site)) writeFileSync(join(mirror, 'packed-refs.lock'), '');
    expect(await site.tick({ laterMs: 25 * 60 * minuteMs })).toEqual(silence);
    expect(await site.violations()).toEqual([]);
  });
});

/** What git says of them has words that trouble with the network has too. */
const troubledNames = ['openssl', 'fix-timeout', 'tls', 'certificate'];

describe.concurrent('a name is not read as trouble with the network', () => {
  test('a branch that gives way to one below it, whatever its name', async () => {
    using site = openSite({ config: { bootstrap: null, workers: 1 } });
    site.repo('one').push();
    for (const branch of troubledNames) site.repo('one').push(branch);
    expect(await site.tick()).toEqual(silence);
    for (const branch of troubledNames) {
      site.repo('one').remove(branch);
      site.repo('one').push(`${branch}/2`);
    }
    expect(await site.tick()).toEqual(silence);
    expect(site.read("SELECT id FROM builds WHERE state <> 'success'")).toEqual([]);
    expect(await site.violations()).toEqual([]);
  });

  test('a damaged mirror, whatever the names of its repository and datadir', async () => {
    const repos = damages.map((_, index) => `${troubledNames[index % troubledNames.length]}-${index}`);
    using site = openSite({ repos, config: { bootstrap: null } });
    site.configure({ datadir: join(site.folder, 'ssl-data') });
    for (const repo of repos) site.repo(repo).push();
    expect(await site.tick()).toEqual(silence);
    const mirrors = join(site.folder, 'ssl-data', 'mirrors');
    for (const [index, { spoil }] of damages.entries()) spoil(join(mirrors, `acme%2F${repos[index]}.git`));
    for (const repo of repos) site.repo(repo).push();
    expect(await site.tick()).toEqual(silence);
    expect(site.ledger()).toHaveLength(2 * repos.length);
  });
});

function mirrorsOf(site: Site): string[] {
  const folder = join(site.datadir, 'mirrors');
  return readdirSync(folder).map((name) => join(folder, name));
}

interface Refusal {
  readonly name: string;
  readonly fault: Fault;
  readonly message: RegExp;
  /** Of the build that meets the fault. */
  readonly timeout?: string;
}

const refusals: readonly Refusal[] = [
  { name: 'a fetch whose connection is reset', fault: { do: 'reset' }, message: /cannot be reached/ },
  { name: 'a fetch that is cut off', fault: { do: 'cut', afterBytes: 30 }, message: /cannot be reached/ },
  {
    name: 'a page for people instead of git',
    fault: { do: 'html' },
    message: /cannot be reached, or answers nonsense/,
  },
  { name: 'status 503 from git', fault: { do: 'status', status: 503 }, message: /cannot be reached/ },
  {
    name: 'a fetch that is refused',
    fault: { do: 'status', status: 403 },
    message: /refused it: check the token/,
  },
  { name: 'the wish for a password', fault: { do: 'unauthorized' }, message: /refused it: check the token/ },
  {
    name: 'a repository that git does not find',
    fault: { do: 'not-found' },
    message: /is not there, or the token may not see it/,
  },
  {
    name: 'a fetch without an answer',
    fault: { do: 'hang' },
    message: /longer than the timeout/,
    timeout: '3s',
  },
];

describe.concurrent('what a git server answers is not the fault of the commit: an error that is tried again', () => {
  test.each(refusals)('$name', async ({ fault, message, timeout = '2h' }) => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    hub.fault({ kind: 'git' }, fault);
    site.configure({ timeout });
    expect(await site.tick()).toEqual({ ...silence, exitCode: 1 });
    expect(site.read('SELECT state, message FROM builds WHERE id = 3')).toEqual([
      { state: 'error', message: expect.stringMatching(message) },
    ]);
    hub.clearFaults();
    site.configure({ timeout: '2h' });
    expect(await site.tick({ laterMs: 2 * minuteMs })).toEqual(silence);
    await site.settle();
    expect(await site.violations(scene.expected())).toEqual([]);
  });

  test('a git server that stays away for three attempts', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    hub.fault({ kind: 'git' }, { do: 'status', status: 503 });
    const ticks = await site.settle();
    const said = ticks.map(({ stderr }) => stderr).filter((text) => text !== '');
    expect(said).toEqual([expect.stringMatching(/given up after 3 attempts: one main.*cannot be reached/s)]);
    hub.clearFaults();
    expect(await site.ampci(['build', 'one', '--quiet'])).toMatchObject({ exitCode: 0 });
    expect(await site.violations(scene.expected())).toEqual([]);
  });
});

/** Reads what only the mirrors have, after the wait. */
const reading = `${holding}
for clone in "src_repos/$AMPCI_REPO" amp_bootstrap; do git -C "$clone" log > /dev/null || exit 8; done`;

describe.concurrent('a mirror stays as long as somebody borrows from it', () => {
  test('a repository that is renamed while it is built', async () => {
    await using scene = await githubSite({ script: reading });
    const { site, hub } = scene;
    const script = hold(site, 'one');
    await hub.commit('acme/one', 'main');
    const { ended } = site.start(['poll']);
    await held(site, 'one');
    hub.rename('acme/one', 'uno');
    expect(await site.ampci(['poll', '--full'])).toMatchObject({ exitCode: 0 });
    await site.ampci(['prune']);
    script.release();
    expect(await ended).toEqual(silence);
    expect(namesOfMirrors(site)).toContain('acme%2Fone.git');
    await site.ampci(['prune']);
    expect(namesOfMirrors(site)).not.toContain('acme%2Fone.git');
  });

  test('a bootstrap that is given up while it is built beside', async () => {
    using site = openSite({ script: reading });
    site.bootstrap.push();
    site.repo('one').push();
    const script = hold(site, 'one');
    const { ended } = site.start(['poll']);
    await held(site, 'one');
    site.configure({ bootstrap: null });
    expect(await site.ampci(['poll', '--full'])).toMatchObject({ exitCode: 0 });
    await site.ampci(['prune']);
    script.release();
    expect(await ended).toEqual(silence);
    await site.ampci(['prune']);
    expect(namesOfMirrors(site)).toEqual(['acme%2Fone.git']);
  });

  test('a repository that is renamed while a workspace of it is kept', async () => {
    await using scene = await githubSite({ config: { keep_workspace: 'on_failure' } });
    const { site, hub } = scene;
    site.script('build', 'exit 1');
    await hub.commit('acme/one', 'main');
    await site.tick();
    const [kept = ''] = readdirSync(site.temproot);
    const readKept = () => git(join(site.temproot, kept, 'src_repos/one'), 'log', '--format=%H');
    hub.rename('acme/one', 'uno');
    await site.ampci(['poll', '--full']);
    await site.ampci(['prune']);
    expect(readKept()).toContain(hub.repo('acme/uno').head());
    rmSync(join(site.temproot, kept), { recursive: true });
    await site.ampci(['prune']);
    expect(namesOfMirrors(site)).not.toContain('acme%2Fone.git');
  });
});

function namesOfMirrors(site: Site): string[] {
  return readdirSync(join(site.datadir, 'mirrors'));
}

test('a git server that is gone when the day is over', async () => {
  await using scene = await githubSite();
  const { site, hub } = scene;
  hub.fault({ kind: 'git' }, { do: 'status', status: 503 });
  hub.resetCounters();
  expect(await site.tick({ laterMs: 25 * 60 * minuteMs })).toEqual(silence);
  expect(hub.requests.filter(({ kind }) => kind === 'git')).toHaveLength(1);
  expect(namesOfMirrors(site)).toHaveLength(3);
  hub.clearFaults();
  hub.resetCounters();
  expect(await site.tick({ laterMs: 50 * 60 * minuteMs })).toEqual(silence);
  expect(hub.requests.filter(({ kind }) => kind === 'git').length).toBeGreaterThan(2);
});

describe.concurrent('the commit that is built is the one that was seen', () => {
  test('git that lags behind the API', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.lag('acme/one', true);
    await hub.commit('acme/one', 'main');
    const { ended } = site.start(['poll']);
    await until(() => hub.requests.filter(({ kind }) => kind === 'git').length > 6, 'git asks');
    await pause(300);
    await hub.lag('acme/one', false);
    expect(await ended).toEqual(silence);
    expect(await site.violations(scene.expected())).toEqual([]);
  });

  test('a commit that is gone before it is fetched', {
    timeout: 120_000,
  }, async () => {
    using site = openSite({ repos: ['one', 'two'], script: holding, config: { workers: 1 } });
    site.bootstrap.push();
    for (const repo of ['one', 'two']) site.repo(repo).push();
    await site.settle();
    const busy = hold(site, 'one');
    site.repo('one').push();
    const first = site.start(['poll']);
    await held(site, 'one');
    const lost = site.repo('two').push();
    await site.tick();
    site.repo('two').remove('main');
    rmSync(join(site.repo('two').path, 'objects', lost.slice(0, 2), lost.slice(2)));
    site.repo('two').push();
    busy.release();
    expect(await first.ended).toEqual({ ...silence, exitCode: 1 });
    expect(site.read(`SELECT state FROM builds WHERE sha = '${lost}'`)).toContainEqual({ state: 'error' });
    await site.settle();
    expect(site.ledger().map(({ sha }) => sha)).not.toContain(lost);
    expect(await site.violations()).toEqual([]);
  });

  test('a repository that is renamed before it is fetched', async () => {
    await using scene = await githubSite({ script: holding, config: { workers: 1 } });
    const { site, hub } = scene;
    const busy = hold(site, 'one');
    await hub.commit('acme/one', 'main');
    const first = site.start(['poll']);
    await held(site, 'one');
    const sha = await hub.commit('acme/two', 'main');
    await site.tick();
    hub.rename('acme/two', 'second');
    busy.release();
    await first.ended;
    await site.settle();
    expect(site.ledger().filter((entry) => entry.sha === sha)).toHaveLength(1);
  });
});

describe.concurrent('without a token heads come from git', () => {
  test('a git server that is gone', async () => {
    using site = openSite({ repos: ['one', 'two'] });
    site.bootstrap.push();
    for (const repo of ['one', 'two']) site.repo(repo).push();
    expect(await site.tick()).toEqual(silence);
    const [there, away] = ['forge', 'away'].map((name) => join(site.folder, name)) as [string, string];
    renameSync(there, away);
    expect(await site.tick()).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^ampci cannot poll: .*\n$/),
    });
    expect(await site.tick({ laterMs: minuteMs })).toEqual({ ...silence, exitCode: 3 });
    renameSync(away, there);
    site.repo('one').push();
    expect(await site.tick({ laterMs: 2 * minuteMs })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('polls again'),
    });
    expect(await site.violations()).toEqual([]);
  });

  test('a git repository that is gone', async () => {
    using site = openSite({ repos: ['one', 'two'] });
    site.bootstrap.push();
    for (const repo of ['one', 'two']) site.repo(repo).push();
    await site.tick();
    const { path } = site.repo('two');
    renameSync(path, `${path}.away`);
    site.repo('one').push();
    const { exitCode, stderr } = await site.tick();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringMatching(/two.*\n$/) });
    expect(await site.tick({ laterMs: 30 * minuteMs })).toEqual(silence);
    renameSync(`${path}.away`, path);
    site.repo('two').push();
    await site.settle({ laterMs: 120 * minuteMs });
    expect(await site.violations()).toEqual([]);
  });

  test('a git repository that is back before its time', async () => {
    using site = openSite({ repos: ['one', 'two'] });
    for (const repo of [site.bootstrap, site.repo('one'), site.repo('two')]) repo.push();
    await site.tick();
    const { path } = site.repo('two');
    for (const byHand of ['--full', 'two']) {
      renameSync(path, `${path}.away`);
      expect(await site.tick({ laterMs: 30 * minuteMs })).toMatchObject({
        stderr: expect.stringMatching(/two/),
      });
      renameSync(`${path}.away`, path);
      expect(await site.tick({ laterMs: 30 * minuteMs })).toEqual(silence);
      const mended = await site.ampci(['poll', byHand], { laterMs: 30 * minuteMs });
      expect(mended).toEqual({ ...silence, stderr: expect.stringContaining('two can be read again') });
    }
  });
});
