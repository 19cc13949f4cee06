import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { githubSite } from '../faults/github-site.ts';
import type { Running } from '../site/program.ts';
import { openSite, type Site, type SiteOptions } from '../site/site.ts';
import { held, hold, holding, until } from './held.ts';

/** Longer than the grace of a second by far, and shorter than what the scripts would wait. */
const patienceMs = 20_000;

async function inTime(running: Running): Promise<unknown> {
  return Promise.race([running.ended, pause(patienceMs, 'still runs', { ref: false })]);
}

async function begun(
  args: readonly string[],
  options: SiteOptions = {},
): Promise<{ site: Site; running: Running }> {
  // A build by hand is of what no poll needs.
  const config = args[0] === 'build' ? { first_poll: 'none', ...options.config } : options.config;
  const site = openSite({ script: holding, ...options, config: config ?? {} });
  site.bootstrap.push();
  site.repo('one').push();
  hold(site, 'one');
  if (args[0] === 'build') await site.tick();
  const running = site.start(args);
  await held(site, 'one');
  return { site, running };
}

function last(site: Site): unknown {
  return site.read('SELECT state, attempt, message FROM builds ORDER BY id')[0];
}

/** They start again what is killed, leave the session, or do not listen. */
const stubborn = `
setsid sh -c 'trap "" TERM INT HUP; while :; do sleep 1; done' &
(setsid sh -c 'trap "" TERM; sleep 600' >/dev/null 2>&1 &) &
trap "" TERM INT
${holding}`;

describe.concurrent('a signal', () => {
  test.each([
    ['SIGTERM', 'an obedient script', holding],
    ['SIGINT', 'an obedient script', holding],
    ['SIGHUP', 'an obedient script', holding],
    ['SIGTERM', 'stubborn ones', stubborn],
  ] as const)(
    '%s to a tick ends %s within the grace; the build is interrupted and tried again',
    async (signal, _, script) => {
      const { site: opened, running } = await begun(['poll'], { script });
      using site = opened;
      running.child.kill(signal);
      expect(await inTime(running)).toEqual({ exitCode: 1, signal: null, stdout: '', stderr: '' });
      expect(last(site)).toMatchObject({ state: 'interrupted', attempt: 1 });
      expect(site.read("SELECT id FROM builds WHERE state = 'running'")).toEqual([]);
      site.script('build', 'exit 0');
      await site.settle();
      expect(await site.violations()).toEqual([]);
    },
  );

  test.each(['SIGTERM', 'SIGINT'] as const)('%s to a build by hand cancels it', async (signal) => {
    const { site: opened, running } = await begun(['build', 'one']);
    using site = opened;
    running.child.kill(signal);
    expect(await inTime(running)).toMatchObject({ exitCode: 1, signal: null });
    expect(last(site)).toMatchObject({ state: 'cancelled' });
    for (const log of ['ampci.log', 'one.log']) {
      const text = readFileSync(join(site.datadir, 'logs', log), 'utf8');
      expect(text).toMatch(/ \[INFO\] .* ended as cancelled after \d+\.\d seconds: stopped by a signal\n$/);
      expect(text).not.toContain('[ERROR]');
    }
    expect(site.read("SELECT id FROM builds WHERE state IN ('queued', 'running')")).toEqual([]);
    expect(await site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
  });

  test('Ctrl-C twice does not wait for the grace to pass', async () => {
    const { site: opened, running } = await begun(['build', 'one'], {
      script: stubborn,
      config: { grace: '10m' },
    });
    using site = opened;
    running.child.kill('SIGINT');
    await pause(500);
    running.child.kill('SIGINT');
    expect(await inTime(running)).toMatchObject({ exitCode: 1 });
    expect(last(site)).toMatchObject({ state: 'cancelled' });
    expect(await site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
  });

  test('while it waits for a build of another process, a build by hand of a new head gives up and leaves both alone', async () => {
    const { site: opened, running } = await begun(['poll']);
    using site = opened;
    site.repo('one').push();
    const byHand = site.start(['build', 'one']);
    let said = '';
    const waits = new Promise<void>((resolve) => {
      byHand.child.stdout?.on('data', (text: string) => {
        said += text;
        if (said.includes('waiting')) resolve();
      });
    });
    await waits;
    byHand.child.kill('SIGINT');
    expect(await inTime(byHand)).toMatchObject({ exitCode: 1 });
    expect(site.read('SELECT state FROM builds ORDER BY id')).toEqual([
      { state: 'running' },
      { state: 'queued' },
    ]);
    running.child.kill('SIGTERM');
    await running.ended;
  });

  test('SIGTERM while git waits for its server ends git, too', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    const hanging = hub.fault({ kind: 'git' }, { do: 'hang' });
    const running = site.start(['poll']);
    await until(() => hanging.hits() > 0, 'git asks');
    running.child.kill('SIGTERM');
    expect(await inTime(running)).toEqual({ exitCode: 1, signal: null, stdout: '', stderr: '' });
    expect(site.read('SELECT state FROM builds WHERE id = 3')).toEqual([{ state: 'interrupted' }]);
    hub.clearFaults();
    await site.settle();
    expect(await site.violations(scene.expected())).toEqual([]);
  });

  test('SIGKILL: the next tick ends what was left, and builds it after the back-off', async () => {
    const { site: opened, running } = await begun(['poll'], { script: stubborn });
    using site = opened;
    running.child.kill('SIGKILL');
    await running.ended;
    expect(last(site)).toMatchObject({ state: 'running' });
    expect(await site.tick()).toEqual({ exitCode: 0, signal: null, stdout: '', stderr: '' });
    expect(last(site)).toMatchObject({ state: 'interrupted' });
    site.script('build', 'exit 0');
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });
});
