import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSite, type Site } from '../site/site.ts';
import { ctrlC, inTerminal, noTerminal } from './terminal.ts';

/** Its scripts wait for files, so that tests see what is in between. */
function openSlowSite(config: Readonly<Record<string, unknown>> = {}): Site {
  const site = openSite({ config: { scripts: { '*': ['compile', 'ship'] }, ...config } });
  for (const name of ['compile', 'ship']) {
    site.script(
      name,
      `echo ${name} begins; until [ -e '${site.folder}/go-${name}' ]; do sleep 0.02; done; echo ${name} ends`,
    );
  }
  for (const remote of [site.bootstrap, site.repo('one')]) remote.push();
  return site;
}

function letGo(site: Site, ...names: readonly string[]): void {
  for (const name of names) writeFileSync(join(site.folder, `go-${name}`), '');
}

function stateOf(site: Site): readonly { state: string; message: string | null }[] {
  return site.read('SELECT state, message FROM builds ORDER BY id');
}

const title = noTerminal === null ? 'build on a terminal' : `build on a terminal (skipped: ${noTerminal})`;

describe.skipIf(noTerminal !== null)(title, () => {
  test('shows its steps, the time and the output, and how it ended', async () => {
    using site = openSlowSite();
    const session = inTerminal(site, ['build', 'one']);
    await session.until(/compile begins/);
    expect(session.screen.lines()).toEqual([
      expect.stringMatching(/^one main at [0-9a-f]{7} {2}\[\.{20}\] \d+\.\d s$/),
      expect.stringMatching(/^[-|/\\] compile {2}\d+\.\d s$/),
      '  ship',
      '  [ampci] step 1/2: compile',
      '  compile begins',
      '',
    ]);
    letGo(site, 'compile');
    await session.until(/ship begins/);
    expect(session.screen.lines().slice(0, 3)).toEqual([
      expect.stringMatching(/^one main at [0-9a-f]{7} {2}\[#{10}\.{10}\] \d+\.\d s$/),
      expect.stringMatching(/^\+ compile {2}\d+\.\d s$/),
      expect.stringMatching(/^[-|/\\] ship {2}\d+\.\d s$/),
    ]);
    letGo(site, 'ship');
    expect((await session.ended).exitCode).toBe(0);
    expect(session.screen.lines()).toEqual([
      expect.stringMatching(/^one main at [0-9a-f]{7} {2}\[#{20}\] \d+\.\d s$/),
      expect.stringMatching(/^\+ compile {2}\d+\.\d s$/),
      expect.stringMatching(/^\+ ship {2}\d+\.\d s$/),
      expect.stringMatching(/^one main at [0-9a-f]{12}: success \(build 1\)$/),
      '',
    ]);
    expect(session.screen.wraps()).toBe(0);
  });

  test('tells the time that it will take once it was built before', async () => {
    using site = openSlowSite();
    letGo(site, 'compile', 'ship');
    await site.tick();
    for (const name of ['compile', 'ship']) rmSync(join(site.folder, `go-${name}`));
    const session = inTerminal(site, ['build', 'one']);
    await session.until(
      /^one main at .* \d+\.\d s of about \d+\.\d s\n. compile .* \(about \d+\.\d s\)\n {2}ship {2}\(about /m,
    );
    letGo(site, 'compile', 'ship');
    expect((await session.ended).exitCode).toBe(0);
  });

  test('a failure comes with its exit code and the end of its output', async () => {
    using site = openSlowSite();
    letGo(site, 'compile');
    site.script('ship', 'seq 1 100; printf "\\033[31mred\\033[0m\\007 end\\n"; exit 3');
    const session = inTerminal(site, ['build', 'one'], { columns: 100, rows: 60 });
    expect((await session.ended).exitCode).toBe(1);
    const lines = session.screen.lines();
    expect(lines[2]).toMatch(/^x ship {2}\d+\.\d s {2}exit 3$/);
    expect(lines.slice(-6)).toEqual([
      '99',
      '100',
      'red end',
      '[ampci] failure: ship exited with 3',
      expect.stringMatching(/^one main at \w+: failure \(build 1\): ship exited with 3; see "ampci log 1"$/),
      '',
    ]);
    expect(session.written()).not.toContain('\u0007');
  });

  test('--quiet keeps the output to itself', async () => {
    using site = openSlowSite();
    const session = inTerminal(site, ['build', 'one', '--quiet']);
    await session.until(/[-|/\\] compile/);
    letGo(site, 'compile', 'ship');
    expect((await session.ended).exitCode).toBe(0);
    expect(session.written()).not.toContain('begins');
    expect(session.screen.lines()[3]).toMatch(/success/);
  });

  test('Ctrl-C cancels it, cleans up and leaves the terminal as it was', async () => {
    using site = openSlowSite({ first_poll: 'none' });
    await site.tick();
    const session = inTerminal(site, ['build', 'one']);
    await session.until(/compile begins/);
    session.type(ctrlC);
    const { exitCode, settings } = await session.ended;
    expect(exitCode).toBe(1);
    expect(stateOf(site)).toEqual([{ state: 'cancelled', message: 'stopped by a signal' }]);
    expect(session.screen.lines().slice(1)).toEqual([
      expect.stringMatching(/^x compile {2}\d+\.\d s {2}cancelled$/),
      '  ship',
      expect.stringMatching(/^one main at \w+: cancelled \(build 1\): stopped by a signal$/),
      '',
    ]);
    expect(settings).toMatch(/(?<!-)icanon/);
    expect(settings).toMatch(/(?<!-)echo /);
    expect(session.written()).not.toContain('\u001b[?');
    expect(await site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
  });

  test('Ctrl-C says how long a script has that does not listen, a second one kills it at once', async () => {
    using site = openSlowSite({ grace: '10m', first_poll: 'none' });
    await site.tick();
    site.script('compile', 'trap "echo not me" TERM; echo deaf; while :; do sleep 0.05; done');
    const session = inTerminal(site, ['build', 'one']);
    await session.until(/deaf/);
    session.type(ctrlC);
    await session.until(/^stopping: what runs has 10m to end; Ctrl-C again kills it$/m);
    await session.until(/not me/);
    session.type(ctrlC);
    expect((await session.ended).exitCode).toBe(1);
    expect(stateOf(site)).toEqual([{ state: 'cancelled', message: 'stopped by a signal' }]);
    expect(await site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
  });

  test('a branch that is being built is followed; who leaves does not end it', async () => {
    using site = openSlowSite();
    const poll = site.start(['poll']);
    const session = await begun(site);
    await session.until(/^one main at [0-9a-f]{12} is being built already: build 1$/m);
    await session.until(/compile begins/);
    session.type(ctrlC);
    expect((await session.ended).exitCode).toBe(1);
    expect(session.screen.lines().slice(-2)).toEqual([
      expect.stringMatching(/^one main at \w+: running \(build 1\): follow it with "ampci log 1 -f"$/),
      '',
    ]);
    const other = inTerminal(site, ['build', 'one']);
    await other.until(/compile begins/);
    letGo(site, 'compile', 'ship');
    expect((await other.ended).exitCode).toBe(0);
    expect((await poll.ended).exitCode).toBe(0);
    expect(stateOf(site)).toEqual([{ state: 'success', message: null }]);
  });

  test('says what it waits for while all workers are busy; a new head is built though Ctrl-C gives up', async () => {
    using site = openSlowSite({ workers: 1 });
    const poll = site.start(['poll']);
    await (await begun(site)).until(/compile begins/);
    site.repo('one').push('topic');
    const session = inTerminal(site, ['build', 'one', 'topic']);
    await session.until(/^waiting: all 1 workers are busy$/m);
    session.type(ctrlC);
    expect((await session.ended).exitCode).toBe(1);
    letGo(site, 'compile', 'ship');
    await poll.ended;
    expect(stateOf(site)).toEqual([
      { state: 'success', message: null },
      { state: 'success', message: null },
    ]);
  });

  test('fits again after the terminal became narrow', async () => {
    using site = openSlowSite();
    const session = inTerminal(site, ['build', 'one']);
    await session.until(/compile begins/);
    session.resize(24, 8);
    await session.until(/^one main at.*… {2}\d+\.\d s$/m);
    letGo(site, 'compile', 'ship');
    expect((await session.ended).exitCode).toBe(0);
    expect(session.screen.lines().filter((line) => line.startsWith('one main'))).toHaveLength(2);
  });

  test('the name of the bootstrap shows what is under way and how each build ended', async () => {
    using site = openSlowSite();
    letGo(site, 'ship');
    const session = inTerminal(site, ['build', 'one', '--queue']);
    await session.ended;
    const all = inTerminal(site, ['build', 'amp_bootstrap']);
    await all.until(/^0 of 1 built; running: one main at [0-9a-f]{12}$/m);
    letGo(site, 'compile');
    expect((await all.ended).exitCode).toBe(0);
    expect(all.screen.lines()).toEqual([
      expect.stringMatching(/^one main at [0-9a-f]{12}: success \(build 1\)$/),
      '',
    ]);
  });

  test('Ctrl-C cancels what the name of the bootstrap started, for good', async () => {
    using site = openSlowSite({ workers: 1, first_poll: 'none' });
    site.repo('one').push('topic');
    await site.tick();
    const all = inTerminal(site, ['build', 'amp_bootstrap']);
    await all.until(/running: one main/);
    all.type(ctrlC);
    expect((await all.ended).exitCode).toBe(1);
    expect(stateOf(site)).toEqual([{ state: 'cancelled', message: 'stopped by a signal' }]);
  });

  test.each([
    ['colours', {}, true],
    ['none with NO_COLOR', { NO_COLOR: '1' }, false],
    ['none on a dumb terminal', { TERM: 'dumb' }, false],
  ])('has %s', async (_, env, hasColours) => {
    using site = openSlowSite();
    letGo(site, 'compile', 'ship');
    const session = inTerminal(site, ['build', 'one'], { env });
    expect((await session.ended).exitCode).toBe(0);
    expect(session.written().includes('\u001b[32m')).toBe(hasColours);
  });
});

/** A session beside a build that has begun. */
async function begun(site: Site) {
  while (!existsSync(join(site.datadir, 'logs/builds/1.log')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  return inTerminal(site, ['build', 'one']);
}
