import { describe, expect, test } from 'vitest';
import type { Running } from '../site/program.ts';
import { openSite, type Site, type SiteOptions } from '../site/site.ts';
import { held, hold, holding, until } from './held.ts';

/** The only worker is busy with `two`, until `release`. */
async function busySite() {
  const site = openSite({ repos: ['one', 'two'], script: holding, config: { workers: 1 } });
  for (const remote of [site.bootstrap, site.repo('one'), site.repo('two')]) remote.push();
  await site.settle();
  site.repo('two').push();
  const long = hold(site, 'two');
  const poll = site.start(['poll']);
  await held(site, 'two');
  return {
    site,
    async release() {
      long.release();
      await poll.ended;
      await site.settle();
    },
  };
}

/** Stops a build by hand as soon as it says that it waits. */
async function stopWhileWaiting({ child, ended }: Running) {
  child.stdout?.on('data', (text: string) => {
    if (text.includes('waiting: ')) child.kill('SIGINT');
  });
  return await ended;
}

function statesOf(site: Site, repo: string): readonly string[] {
  return site
    .read<{ state: string }>(
      `SELECT b.state FROM builds b JOIN repos r ON r.id = b.repo_id WHERE r.name = '${repo}' ORDER BY b.id`,
    )
    .map(({ state }) => state);
}

describe.concurrent('no head is lost by a build by hand', () => {
  test('that somebody gives up while it waits, when a poll wants the same build', async () => {
    const { site: opened, release } = await busySite();
    using site = opened;
    site.repo('one').push();
    await site.tick();
    const stopped = await stopWhileWaiting(site.start(['build', 'one']));
    expect(stopped).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/: queued \(build 4\): follow/),
    });
    await release();
    expect(await site.violations()).toEqual([]);
  });

  test('that somebody gives up while it waits, when no poll has seen the head', async () => {
    const { site: opened, release } = await busySite();
    using site = opened;
    site.repo('one').push();
    await stopWhileWaiting(site.start(['build', 'one']));
    await release();
    expect(await site.violations()).toEqual([]);
  });

  test('of what is built already: given up, it is', async () => {
    const { site: opened, release } = await busySite();
    using site = opened;
    const stopped = await stopWhileWaiting(site.start(['build', 'one']));
    expect(stopped.stdout).toMatch(/: cancelled \(build 4\): stopped by hand/);
    await release();
    expect(statesOf(site, 'one')).toEqual(['success', 'cancelled']);
  });

  test('of another commit, which may not take the place of the head', async () => {
    const { site: opened, release } = await busySite();
    using site = opened;
    const older = site.repo('one').head();
    site.repo('one').push();
    await site.tick();
    expect(await site.ampci(['build', 'one', '--sha', older, '--queue'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^ampci: build 4 of one main is queued for \w{12}, and --sha must not/),
    });
    await release();
    expect(await site.violations()).toEqual([]);
  });
});

/** A site where the head of `one` is built, and the next builds of it wait. */
async function siteThatHolds(options: SiteOptions = {}) {
  const site = openSite({ script: holding, ...options });
  for (const remote of [site.bootstrap, site.repo('one')]) remote.push();
  await site.settle();
  return { site, held: hold(site, 'one') };
}

async function stopWhileRunning(site: Site, args: readonly string[]) {
  const { child, ended } = site.start(args);
  await held(site, 'one');
  child.kill('SIGINT');
  return await ended;
}

describe.concurrent('a build by hand that is stopped while it runs', () => {
  test('leaves what no poll has seen to the next poll, which builds it once', async () => {
    const { site: opened, held: long } = await siteThatHolds();
    using site = opened;
    const sha = site.repo('one').push();
    const stopped = await stopWhileRunning(site, ['build', 'one']);
    expect(stopped).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(': cancelled (build 2)') });
    expect((await site.ampci(['why', 'one'])).stdout).toContain(
      `queued as build 3 at ${sha.slice(0, 7)}, reason push`,
    );
    long.release();
    await site.tick();
    await site.settle();
    expect(statesOf(site, 'one')).toEqual(['success', 'cancelled', 'success']);
    expect(await site.violations()).toEqual([]);
  });

  test('leaves what a retry waited for to the next poll', async () => {
    const { site: opened, held: long } = await siteThatHolds();
    using site = opened;
    site.repo('one').push();
    site.configure({ min_free_disk: '1000TB' });
    await site.tick();
    site.configure({ min_free_disk: '1MB' });
    expect(statesOf(site, 'one')).toEqual(['success', 'error', 'queued']);
    await stopWhileRunning(site, ['build', 'one']);
    long.release();
    await site.tick();
    expect(statesOf(site, 'one')).toEqual(['success', 'error', 'cancelled', 'success']);
    expect(await site.violations()).toEqual([]);
  });

  test('leaves what a moved bootstrap made stale to the next poll, as that', async () => {
    const { site: opened, held: long } = await siteThatHolds({ config: { workers: 1 } });
    using site = opened;
    site.bootstrap.push();
    site.configure({ workers: 1, min_free_disk: '1000TB' });
    await site.tick();
    site.configure({ workers: 1, min_free_disk: '1MB' });
    await stopWhileRunning(site, ['build', 'one']);
    expect(site.read("SELECT reason FROM builds WHERE state = 'queued'")).toEqual([{ reason: 'bootstrap' }]);
    long.release();
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });

  test.each<[string, (built: string) => readonly string[]]>([
    ['of what is built already', () => ['build', 'one']],
    ['of another commit', (built) => ['build', 'one', '--sha', built]],
    ['of a branch that amp.yaml leaves out', () => ['build', 'one', 'wip']],
  ])('is over when it was one %s', async (_, args) => {
    const { site: opened, held: long } = await siteThatHolds({ config: { branches: ['main'] } });
    using site = opened;
    const built = site.repo('one').head();
    if (args(built).includes('--sha')) {
      site.repo('one').push();
      long.release();
      await site.tick();
      hold(site, 'one');
    }
    site.repo('one').push('wip');
    await stopWhileRunning(site, args(built));
    const states = statesOf(site, 'one');
    expect(states.at(-1)).toBe('cancelled');
    hold(site, 'one').release();
    await site.tick();
    expect(statesOf(site, 'one')).toEqual(states);
  });
});

/** A poll builds the head of before. */
async function siteThatPolls() {
  const { site, held: long } = await siteThatHolds();
  site.repo('one').push();
  const poll = site.start(['poll']);
  await held(site, 'one');
  site.repo('one').push();
  return { site, long, poll };
}

async function expectBuiltAnew(site: Site, ended: Running['ended']) {
  expect(await ended).toMatchObject({ exitCode: 0 });
  expect(statesOf(site, 'one')).toEqual(['success', 'interrupted', 'success']);
  await site.settle();
  expect(await site.violations()).toEqual([]);
}

describe.concurrent('a build by hand waits for no dead ampci', () => {
  const killed = { env: { AMPCI_CRASH_AT: 'build.step_masked' } };

  test('that built the same: it is built anew', async () => {
    using site = openSite();
    for (const remote of [site.bootstrap, site.repo('one')]) remote.push();
    await site.ampci(['build', 'one'], killed);
    expect(await site.ampci(['build', 'one'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/: success \(build 2\)\n$/),
    });
    expect(statesOf(site, 'one')).toEqual(['interrupted', 'success']);
    await site.settle();
    expect(statesOf(site, 'one')).toHaveLength(2);
    expect(await site.violations()).toEqual([]);
  });

  test('that dies while it is waited for', async () => {
    const { site: opened, long, poll } = await siteThatPolls();
    using site = opened;
    const { child, ended } = site.start(['build', 'one']);
    child.stdout?.on('data', (text: string) => {
      if (text.includes('waiting: ')) poll.child.kill('SIGKILL');
    });
    await poll.ended;
    long.release();
    await expectBuiltAnew(site, ended);
  });

  test('that dies while all are built', async () => {
    const { site: opened, long, poll } = await siteThatPolls();
    using site = opened;
    const { ended } = site.start(['build', 'amp_bootstrap']);
    await until(() => statesOf(site, 'one').includes('queued'), 'its next build waits');
    poll.child.kill('SIGKILL');
    await poll.ended;
    long.release();
    await expectBuiltAnew(site, ended);
  });
});

test('what a server calls its branches harms no terminal that is told of them', async () => {
  using site = openSite();
  site.repo('one').push('\u009b2J\u202ereverse');
  const { stderr } = await site.ampci(['build', 'one', 'nosuch']);
  expect(stderr).toMatch(/ has no branch nosuch; it has \?2J\?reverse\n$/);
});
