import { describe, expect, test } from 'vitest';
import type { Running } from '../site/program.ts';
import { openSite, type Site } from '../site/site.ts';
import { held, hold, holding } from './held.ts';

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

test('what a server calls its branches harms no terminal that is told of them', async () => {
  using site = openSite();
  site.repo('one').push('\u009b2J\u202ereverse');
  const { stderr } = await site.ampci(['build', 'one', 'nosuch']);
  expect(stderr).toMatch(/ has no branch nosuch; it has \?2J\?reverse\n$/);
});
