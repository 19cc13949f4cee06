import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { tryLock } from '../../src/store/lock.ts';
import { githubSite } from '../faults/github-site.ts';
import type { Ran } from '../site/program.ts';
import { openSite, type Site } from '../site/site.ts';
import { held, hold, holding, until } from './held.ts';

const silence: Ran = { exitCode: 0, signal: null, stdout: '', stderr: '' };

function pushAll(site: Site, repos: readonly string[]): void {
  site.bootstrap.push();
  for (const repo of repos) site.repo(repo).push();
}

function states(site: Site): readonly string[] {
  return site
    .read<{ line: string }>(
      "SELECT r.name || ' ' || b.branch || ' ' || b.state AS line FROM builds b JOIN repos r ON r.id = b.repo_id ORDER BY line",
    )
    .map(({ line }) => line);
}

/** A site where all was built once, and a tick is at work on a build of `one` until `long` is released. */
async function whileOneIsBuilt(site: Site) {
  pushAll(site, ['one', 'two']);
  await site.settle();
  site.repo('one').push();
  const long = hold(site, 'one');
  const first = site.start(['poll']);
  await held(site, 'one');
  return { long, first };
}

/** A folder with a git that has listed a repository long before it says so. */
function slowGit(site: Site): string {
  const folder = join(site.folder, 'slow');
  mkdirSync(folder);
  site.script(
    'slow/git',
    `PATH=/usr/local/bin:/usr/bin:/bin
case " $* " in *" ls-remote "*) ;; *) exec git "$@" ;; esac
answer=$(git "$@") || exit
case " $* " in */one*) touch '${site.folder}/listed-one' ;; esac
while [ -e '${site.folder}/hold-look' ]; do sleep 0.05; done
printf '%s\\n' "$answer"`,
  );
  return folder;
}

describe.concurrent('ticks that overlap', () => {
  test('ten at once, of which the first finds no database: all are silent, each head is built once', async () => {
    using site = openSite({ repos: ['one', 'two', 'three'] });
    pushAll(site, ['one', 'two', 'three']);
    for (const round of [1, 2]) {
      const ticks = await Promise.all(Array.from({ length: 10 }, () => site.tick()));
      expect(ticks).toEqual(Array.from({ length: 10 }, () => silence));
      // Whoever had the lock left builds to none but itself.
      expect(site.ledger()).toHaveLength(3 * round);
      expect(await site.violations()).toEqual([]);
      for (const repo of ['one', 'two', 'three']) site.repo(repo).push();
    }
  });

  test('a tick during a long build polls, and builds in the free slot', async () => {
    using site = openSite({ repos: ['one', 'two'], script: holding });
    const { long, first } = await whileOneIsBuilt(site);
    site.repo('two').push();
    site.repo('two').push('topic');
    expect(await site.tick()).toEqual(silence);
    expect(states(site)).toEqual([
      'one main running',
      'one main success',
      'two main success',
      'two main success',
      'two topic success',
    ]);
    long.release();
    expect(await first.ended).toEqual(silence);
    expect(await site.violations()).toEqual([]);
  });

  test('what fails beside a long build is told by the next tick, once', async () => {
    using site = openSite({ repos: ['one', 'two'], script: `${holding}\n[ "$AMPCI_REPO" = one ] || exit 1` });
    pushAll(site, ['one', 'two']);
    const long = hold(site, 'one');
    const first = site.start(['poll']);
    await held(site, 'one');
    await until(() => states(site).includes('two main failure'), 'the build of two has failed');
    expect(await site.tick()).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('build failed: two'),
    });
    long.release();
    expect(await first.ended).toEqual({ ...silence, exitCode: 1 });
    expect(await site.tick()).toEqual(silence);
  });

  test('a branch never has two builds running: the second waits for the first, and is of the newest commit', async () => {
    using site = openSite({ script: holding, config: { workers: 4 } });
    pushAll(site, ['one']);
    const long = hold(site, 'one');
    const first = site.start(['poll']);
    await held(site, 'one');
    for (let push = 0; push < 3; push += 1) {
      site.repo('one').push();
      expect(await site.tick()).toEqual(silence);
      expect(states(site)).toEqual(['one main queued', 'one main running']);
    }
    long.release();
    expect(await first.ended).toEqual(silence);
    expect(site.ledger()).toHaveLength(2);
    expect(await site.violations()).toEqual([]);
  });

  test('the slots are shared: a tick that finds none free leaves its builds to those that work', async () => {
    using site = openSite({ repos: ['one', 'two'], script: holding, config: { workers: 1 } });
    const { long, first } = await whileOneIsBuilt(site);
    site.repo('two').push();
    expect(await site.tick()).toEqual(silence);
    expect(states(site)).toEqual([
      'one main running',
      'one main success',
      'two main queued',
      'two main success',
    ]);
    long.release();
    expect(await first.ended).toEqual(silence);
    expect(await site.violations()).toEqual([]);
  });

  test('a tick that has been running since amp.yaml was changed leaves what waits to one that knows the change', async () => {
    using site = openSite({ repos: ['one', 'two'], script: holding, config: { workers: 1 } });
    const { long, first } = await whileOneIsBuilt(site);
    site.repo('two').push();
    expect(await site.tick()).toEqual(silence);
    site.configure({ workers: 1, env: { CHANGED: 'yes' } });
    long.release();
    expect(await first.ended).toEqual(silence);
    expect(states(site)).toContain('two main queued');
    expect(await site.tick()).toEqual(silence);
    expect(await site.violations()).toEqual([]);
  });

  test('a tick that goes on polling decides nothing by an amp.yaml that was changed meanwhile', async () => {
    using site = openSite({ config: { branches: ['main'] } });
    pushAll(site, ['one']);
    const first = site.start(['poll', '--for', '50s', '--every', '1s']);
    await until(() => site.ledger().length === 1, 'the first poll is over');
    site.configure({ branches: ['main', 'release'] });
    site.repo('one').push('release');
    expect(await first.ended).toEqual(silence);
    expect(await site.tick()).toEqual(silence);
    expect(states(site)).toEqual(['one main success', 'one release success']);
  });

  test('a tick that goes on polling does so while another one polls', async () => {
    using site = openSite();
    pushAll(site, ['one']);
    await site.tick();
    site.repo('one').push();
    using lock = tryLock(site.datadir, 'poll');
    const first = site.start(['poll', '--for', '6s', '--every', '1s']);
    // A tick that finds the lock held leaves no trace. Where it is slower than this, nothing is proved, and nothing fails.
    await pause(2000);
    lock?.release();
    expect(await first.ended).toEqual(silence);
    expect(site.ledger()).toHaveLength(2);
  });

  test('a poll whose look began before a build by hand takes nothing back that it has seen less of', async () => {
    using site = openSite();
    pushAll(site, ['one']);
    await site.tick();
    const looking = hold(site, 'look');
    const slow = site.start(['poll', '--full'], { env: { PATH: `${slowGit(site)}:/usr/bin:/bin` } });
    await until(() => existsSync(join(site.folder, 'listed-one')), 'one is listed');
    const sha = site.repo('one').push();
    site.repo('one').push('topic');
    expect(await site.ampci(['build', 'one', '--quiet'])).toMatchObject({ exitCode: 0 });
    looking.release();
    expect(await slow.ended).toEqual(silence);
    expect(await site.tick()).toEqual(silence);
    expect(site.ledger().slice(1)).toMatchObject([{ branch: 'main', sha }, { branch: 'topic' }]);
    expect(await site.violations()).toEqual([]);
  });

  test('what else such a look saw is built by the next one, which GitHub is asked again for', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    const before = site.ledger().length;
    const [sha, topic] = [await hub.commit('acme/one', 'main'), await hub.commit('acme/one', 'topic')];
    const slow = hub.fault({ kind: 'graphql' }, { do: 'slow', bytes: 300, everyMs: 700 }, { times: 1 });
    const poll = site.start(['poll']);
    await until(() => slow.hits() > 0, 'the heads are asked for');
    expect(await site.ampci(['build', 'one', '--quiet'])).toMatchObject({ exitCode: 0 });
    expect(await poll.ended).toEqual(silence);
    expect(await site.tick()).toEqual(silence);
    expect(site.ledger().slice(before)).toMatchObject([{ sha }, { sha: topic }]);
    expect(await site.violations(scene.expected())).toEqual([]);
  });

  test('a build by hand beside a tick that builds the very same is answered by that', async () => {
    using site = openSite({ script: holding });
    pushAll(site, ['one']);
    const long = hold(site, 'one');
    const first = site.start(['poll']);
    await held(site, 'one');
    expect((await site.ampci(['build', 'one', '--queue'])).stdout).toMatch(
      / is being built already: build 1\n$/,
    );
    const byHand = site.start(['build', 'one', '--quiet']);
    let said = '';
    byHand.child.stdout?.on('data', (text: string) => {
      said += text;
      if (said.includes('is being built already')) long.release();
    });
    expect(await byHand.ended).toMatchObject({ exitCode: 0 });
    expect(await first.ended).toEqual(silence);
    expect(site.ledger()).toHaveLength(1);
    expect(await site.violations()).toEqual([]);
  });

  test.each([
    ['a tick', ['poll', '--for', '5s', '--every', '1s']],
    ['a build of everything', ['build', 'amp_bootstrap']],
  ])(
    '%s that could not record how a build ended says so, and the next one runs it again',
    async (_, command) => {
      using site = openSite({ script: holding });
      pushAll(site, ['one']);
      await site.tick();
      site.repo('one').push();
      const script = hold(site, 'one');
      const { ended } = site.start(command);
      await held(site, 'one');
      site.write(
        `CREATE TRIGGER full BEFORE UPDATE OF state ON builds WHEN NEW.state = 'success' BEGIN SELECT RAISE(ABORT, 'no room'); END`,
      );
      script.release();
      await until(() => site.ledger().length === 2, 'the script has ended');
      const { exitCode, stderr } = await ended;
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('no room');
      site.write('DROP TRIGGER full');
      await site.settle();
      expect(states(site)).toEqual(['one main interrupted', 'one main success', 'one main success']);
    },
  );

  test('a build of everything leaves to the next poll what waits when amp.yaml is changed, and says so', async () => {
    using site = openSite({ repos: ['one', 'two'], script: holding, config: { workers: 1 } });
    pushAll(site, ['one', 'two']);
    await site.tick();
    const script = hold(site, 'one');
    const { ended } = site.start(['build', 'amp_bootstrap']);
    await held(site, 'one');
    site.configure({ timeout: '1h' });
    script.release();
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^ampci: .*amp\.yaml was changed: what still waits is left to the next poll\n$/);
    expect(stdout).toMatch(/one main at \w+: success .*\ntwo main at \w+: queued/);
    expect(await site.tick()).toEqual(silence);
    expect(site.ledger()).toHaveLength(4);
  });

  test('a build by hand that waits when amp.yaml is changed is left to the next poll, and says so', async () => {
    using site = openSite({ repos: ['one', 'two'], script: holding, config: { workers: 1 } });
    pushAll(site, ['one', 'two']);
    await site.tick();
    pushAll(site, ['one', 'two']);
    const script = hold(site, 'two');
    const other = site.start(['build', 'two']);
    await held(site, 'two');
    const { child, ended } = site.start(['build', 'one']);
    child.stdout?.on('data', (text: string) => {
      if (text.includes('waiting: ')) site.configure({ timeout: '1h' });
    });
    const { exitCode, stdout, stderr } = await ended;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^ampci: .*amp\.yaml was changed: what still waits is left to the next poll\n$/);
    expect(stdout).toMatch(/\none main at \w+: queued/);
    script.release();
    await other.ended;
    expect(await site.tick()).toEqual(silence);
    expect(await site.violations()).toEqual([]);
  });

  test('two datadirs with one temproot leave each other alone', async () => {
    using one = openSite({ script: holding });
    using other = openSite({ config: { temproot: one.temproot } });
    pushAll(one, ['one']);
    pushAll(other, ['one']);
    const long = hold(one, 'one');
    const first = one.start(['poll']);
    await held(one, 'one');
    expect(await other.tick()).toEqual(silence);
    long.release();
    expect(await first.ended).toEqual(silence);
    expect(await one.violations()).toEqual([]);
    expect(await other.violations()).toEqual([]);
  });
});
