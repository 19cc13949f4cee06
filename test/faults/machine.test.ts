import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ownIdentity } from '../../src/process/identity.ts';
import { held, hold, holding, until } from '../program/held.ts';
import { root } from '../site/program.ts';
import { openSite, type Site } from '../site/site.ts';

const isRoot = process.getuid?.() === 0;
const silence = { exitCode: 0, signal: null, stdout: '', stderr: '' };
const minuteMs = 60_000;
const dayMs = 24 * 3_600_000;

/** Root writes wherever it likes unless it gives that up. */
const unprivileged = isRoot ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'] : [];

function begin(options: Parameters<typeof openSite>[0] = {}): Site {
  const site = openSite(options);
  site.bootstrap.push();
  site.repo('one').push();
  return site;
}

/** A site whose ampci was killed within the script of its first build, of which nothing is left running. */
async function abandoned(): Promise<Site> {
  const site = begin({ script: holding });
  const held1 = hold(site, 'one');
  const { child, ended } = site.start(['poll']);
  await held(site, 'one');
  child.kill('SIGKILL');
  await ended;
  held1.release();
  return site;
}

function states(site: Site): unknown {
  return site.read<{ state: string }>('SELECT state FROM builds ORDER BY id').map(({ state }) => state);
}

describe.concurrent('a dead ampci is known', () => {
  test('a pid of a dead ampci that another process has now', async () => {
    using site = await abandoned();
    const { pid, boot } = ownIdentity();
    site.write(`UPDATE builds SET owner_pid = ${pid}, owner_boot = '${boot}'`);
    expect(await site.tick()).toEqual(silence);
    expect(states(site)).toEqual(['interrupted', 'queued']);
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });

  test('a reboot', async () => {
    using site = await abandoned();
    const { pid, start } = ownIdentity();
    site.write(`UPDATE builds SET owner_pid = ${pid}, owner_start = '${start}', owner_boot = 'of yesterday'`);
    expect(await site.tick()).toEqual(silence);
    expect(states(site)).toEqual(['interrupted', 'queued']);
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });

  test('a build whose ampci lives', async () => {
    using site = await abandoned();
    const { pid, start, boot } = ownIdentity();
    site.write(`UPDATE builds SET owner_pid = ${pid}, owner_start = '${start}', owner_boot = '${boot}'`);
    expect(await site.tick()).toEqual(silence);
    expect(states(site)).toEqual(['running']);
  });
});

describe.concurrent('a clock that is set back', () => {
  test('a clock set back by a day', async () => {
    using site = begin();
    expect(await site.tick({ laterMs: dayMs })).toEqual(silence);
    site.repo('one').push();
    expect(await site.tick()).toEqual(silence);
    expect(site.ledger()).toHaveLength(2);
    expect(site.read<{ full: number }>('SELECT "full" FROM polls ORDER BY id')).toEqual([
      { full: 1 },
      { full: 1 },
    ]);
    expect(await site.violations()).toEqual([]);
  });

  test('a clock set back while a retry waits', async () => {
    using site = begin();
    rmSync(join(site.folder, 'build'));
    await site.tick({ laterMs: dayMs });
    expect(states(site)).toEqual(['error', 'queued']);
    site.script('build', 'exit 0');
    expect(await site.tick()).toEqual(silence);
    expect(states(site)).toEqual(['error', 'success']);
  });

  test('a clock set back while a repository is in trouble', async () => {
    using site = begin({ repos: ['one', 'empty'] });
    expect(await site.tick({ laterMs: dayMs })).toMatchObject({ exitCode: 0 });
    site.repo('empty').push();
    expect(await site.tick()).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('can be read again'),
    });
    expect(await site.violations()).toEqual([]);
  });
});

describe.concurrent('a build that goes too far is ended, and says why in its log', () => {
  test('a script that takes too long', async () => {
    using site = begin({
      config: { timeout: '2s' },
      script: `setsid sh -c 'trap "" TERM; sleep 600' & sleep 600`,
    });
    const { exitCode, stderr } = await site.tick();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('2s');
    expect(states(site)).toEqual(['timeout']);
    expect(readFileSync(join(site.datadir, 'logs/builds/1.log'), 'utf8')).toMatch(
      /timeout: it took longer than 2s/,
    );
    expect(await site.tick()).toEqual(silence);
    expect(await site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
  });

  test('a script that floods its log', async () => {
    using site = begin({ config: { max_log_size: '2MB' }, script: 'yes flood & yes flood' });
    const { exitCode, stderr } = await site.tick();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('max_log_size');
    expect(states(site)).toEqual(['failure']);
    const log = join(site.datadir, 'logs/builds/1.log');
    expect(statSync(log).size).toBeLessThan(3_000_000);
    expect(readFileSync(log, 'latin1')).toMatch(/failure: its log outgrew max_log_size, 2 MB\n$/);
    expect(await site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
  });
});

test('a script that floods its log while somebody reads it', async () => {
  using site = begin({ config: { max_log_size: '2KB' }, script: 'yes flood | head -c 400000; sleep 600' });
  const { exitCode, stdout } = await site.ampci(['build', 'one']);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/\nflood\n/);
  expect(stdout).toMatch(/\n\[ampci\] failure: its log outgrew max_log_size, 2 kB\n/);
  const log = readFileSync(join(site.datadir, 'logs/builds/1.log'), 'utf8');
  expect(stdout.startsWith(log)).toBe(true);
});

describe.concurrent('what the operator has to mend is an error: tried three times, then told once', () => {
  test.each([
    ['a script that is missing', (file: string) => rmSync(file), 'does not exist'],
    ['a script that is not executable', (file: string) => chmodSync(file, 0o644), 'is not executable'],
    [
      'a script without an interpreter',
      (file: string) => writeFileSync(file, '#!/no/such/thing\n'),
      'interpreter',
    ],
  ])('%s', async (_, spoil, words) => {
    using site = begin();
    spoil(join(site.folder, 'build'));
    const ticks = await site.settle();
    expect(states(site)).toEqual(['error', 'error', 'error']);
    const said = ticks.map(({ stderr }) => stderr).filter((text) => text !== '');
    expect(said).toEqual([expect.stringContaining(words)]);
    expect(await site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
  });

  test('less free disk than min_free_disk', async () => {
    using site = begin({ config: { min_free_disk: '900000GB' } });
    const ticks = await site.settle();
    expect(states(site)).toEqual(['error', 'error', 'error']);
    expect(ticks.map(({ stderr }) => stderr).join('')).toMatch(/min_free_disk is 900000.0 GB: make room/);
    expect(site.ledger()).toEqual([]);
    site.configure({ min_free_disk: '1MB' });
    site.repo('one').push();
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });

  test('a temproot that is not there', async () => {
    using site = begin();
    site.configure({ temproot: join(site.folder, 'unmounted') });
    const ticks = await site.settle();
    expect(states(site)).toEqual(['error', 'error', 'error']);
    expect(ticks.map(({ stderr }) => stderr).join('')).toMatch(/\/unmounted is not there: make or mount it/);
    expect((await site.ampci(['log'])).stdout).not.toContain(' at ');
    mkdirSync(join(site.folder, 'unmounted'));
    site.repo('one').push();
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });

  test('no process to be had', async ({ skip }) => {
    using site = begin({ repos: ['one', 'two'], script: hogging });
    site.repo('one').push('topic');
    site.repo('two').push();
    const fifos = ['full', 'release'].map((name) => join(site.folder, name));
    execFileSync('mkfifo', fifos);
    const through = withFewProcesses(site);
    if (!through) return skip('needs root, prlimit, setpriv and a checkout that others may read');
    const first = site.start(['poll'], { through });
    const ofTwo = "FROM builds b JOIN repos r ON r.id = b.repo_id WHERE r.name = 'two'";
    await until(
      () => existsSync(site.datadir) && hasRow(site, `SELECT 1 ${ofTwo} AND b.finished_at IS NOT NULL`),
      'two ends',
    );
    await until(() => isRead(join(site.folder, 'release')), 'the script waits for its release');
    expect(await first.ended).toMatchObject({ exitCode: 1, stderr: '' });
    expect(site.read(`SELECT state, message ${ofTwo} AND b.finished_at IS NOT NULL`)).toEqual([
      { state: 'error', message: expect.stringMatching(/out of processes|no more processes/) },
    ]);
    execFileSync('chown', ['-R', '0', site.folder]);
    site.script('build', 'exit 0');
    await site.settle();
    expect(site.read("SELECT id FROM builds WHERE state IN ('failure', 'timeout')")).toEqual([]);
    expect(await site.violations()).toEqual([]);
  });
});

/**
 * The build of one's main takes all processes that there are, and keeps them until it is released; that of its
 * topic ends as soon as they are taken, and needs none for it; where that came too late to begin, nobody is waited for.
 */
const hogging = `
cd "\${0%/*}"
case "$AMPCI_REPO $AMPCI_BRANCH" in
  'one main') (i=0; while [ $i -lt 300 ]; do sleep 600 & i=$((i + 1)); done) 2>/dev/null; exec 3<>full; echo >&3; read -r _ < release; exit 0;;
  'one topic') read -r _ < full; exit 0;;
esac`;

/**
 * Root's processes are not counted, so root becomes somebody who has no others. An ordinary user has, and they come
 * and go. null: it cannot be done.
 */
function withFewProcesses(site: Site): string[] | null {
  if (!isRoot) return null;
  const uid = 54_321;
  execFileSync('chown', ['-R', String(uid), site.folder]);
  const through = ['setpriv', `--reuid=${uid}`, '--clear-groups', 'prlimit', '--nproc=120'];
  const [file = '', ...args] = [...through, process.execPath, join(root, 'bin/ampci.js'), '--version'];
  return spawnSync(file, args).status === 0 ? through : null;
}

/** Whether somebody reads the pipe, who comes to its end then. */
function isRead(pipe: string): boolean {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

function hasRow(site: Site, sql: string): boolean {
  try {
    return site.read(sql).length > 0;
  } catch {
    // There is no database yet.
    return false;
  }
}

describe.concurrent('a folder that may not be written', () => {
  test('a datadir that may not be written', async () => {
    using site = begin();
    await site.tick();
    site.repo('one').push();
    execFileSync('chmod', ['-R', 'a-w', site.datadir]);
    const { exitCode, stderr } = await site.tick({ through: unprivileged });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^ampci: .*cannot be (written|opened).*\n$/);
    expect(await site.ampci(['status'], { through: unprivileged })).toMatchObject({ exitCode: 0 });
    execFileSync('chmod', ['-R', 'u+w', site.datadir]);
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });

  test('a folder for metrics that may be written and not listed', async () => {
    using site = begin();
    await site.tick();
    const folder = join(site.folder, 'metrics');
    mkdirSync(folder);
    chmodSync(folder, 0o333);
    const command = ['status', '--prometheus', '--output', join(folder, 'ampci.prom')];
    for (let time = 0; time < 2; time += 1)
      expect(await site.ampci(command, { through: unprivileged })).toEqual(silence);
    chmodSync(folder, 0o755);
    expect(readdirSync(folder)).toEqual(['ampci.prom']);
  });

  test('mirrors that may not be written', async () => {
    using site = begin();
    await site.tick();
    site.repo('one').push();
    execFileSync('chmod', ['-R', 'a-w', join(site.datadir, 'mirrors')]);
    expect(await site.tick({ through: unprivileged })).toMatchObject({ exitCode: 1, stderr: '' });
    expect(states(site)).toEqual(['success', 'error', 'queued']);
    execFileSync('chmod', ['-R', 'u+w', join(site.datadir, 'mirrors')]);
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });

  test('a temproot that may not be written', async () => {
    using site = begin();
    chmodSync(site.temproot, 0o555);
    expect(await site.tick({ through: unprivileged })).toMatchObject({ exitCode: 1, stderr: '' });
    expect(states(site)).toEqual(['error', 'queued']);
    chmodSync(site.temproot, 0o755);
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });
});

test('a kept workspace that cannot be removed', async ({ skip }) => {
  if (!isRoot) return skip('needs root to make files of another user');
  const retention = { builds: 1, days: 1 };
  using site = begin({ config: { keep_workspace: 'on_failure', retention }, script: 'exit 1' });
  await site.tick();
  const [kept = ''] = readdirSync(site.temproot);
  const foreign = join(site.temproot, kept, 'foreign');
  mkdirSync(join(foreign, 'folder'), { recursive: true, mode: 0o700 });
  execFileSync('chown', ['-R', '54321', foreign]);
  site.script('build', 'exit 0');
  site.repo('one').push();
  await site.tick();
  const daily = { through: unprivileged, laterMs: 2 * dayMs };
  expect(await site.tick(daily)).toEqual(silence);
  expect(states(site)).toEqual(['success']);
  expect(readdirSync(site.temproot)).toEqual([kept]);
  expect(await site.tick({ ...daily, laterMs: daily.laterMs + minuteMs })).toEqual(silence);
  const warned = /\[WARNING\].* cannot be removed/g;
  const log = () => readFileSync(join(site.datadir, 'logs/ampci.log'), 'utf8');
  expect(log().match(warned)).toHaveLength(1);
  await site.ampci(['prune']);
  expect(readdirSync(site.temproot)).toEqual([]);
});

describe.skipIf(!isRoot)('a full disk', () => {
  /** Nothing larger fits on it than a few builds. */
  function mounted(folder: string): { readonly fill: string; unmount(): void } | null {
    mkdirSync(folder, { recursive: true });
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder]);
    if (status !== 0) return null;
    return { fill: join(folder, 'fill'), unmount: () => spawnSync('umount', ['-l', folder]) };
  }

  function fill(file: string): void {
    spawnSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=64k'], { stdio: 'ignore' });
    for (const size of [4096, 1]) {
      try {
        for (;;) appendFileSync(file, Buffer.alloc(size));
      } catch {}
    }
  }

  test('a full disk under temproot', async ({ skip }) => {
    using site = begin({
      config: { min_free_disk: '1MB' },
      script: 'head -c 20000000 /dev/zero > big || exit 5',
    });
    const disk = mounted(site.temproot);
    if (!disk) return skip('may not mount');
    try {
      expect(await site.tick()).toMatchObject({ exitCode: 1, stderr: '' });
      expect(states(site)).toEqual(['error', 'queued']);
      expect(site.read('SELECT message FROM builds WHERE id = 1')).toEqual([
        { message: expect.stringMatching(/full: make room/) },
      ]);
      site.script('build', 'exit 0');
      await site.settle();
      expect(await site.violations()).toEqual([]);
    } finally {
      disk.unmount();
    }
  });

  test('a full disk under the datadir', async ({ skip }) => {
    using site = begin();
    const disk = mounted(site.datadir);
    if (!disk) return skip('may not mount');
    try {
      expect(await site.tick()).toEqual(silence);
      site.repo('one').push();
      fill(disk.fill);
      expect(await site.tick()).toEqual({
        ...silence,
        exitCode: 2,
        stderr: expect.stringMatching(/^ampci: .* cannot grow, the disk is full: make room .*\n$/),
      });
      rmSync(disk.fill);
      await site.settle();
      expect(await site.violations()).toEqual([]);
    } finally {
      disk.unmount();
    }
  });

  test('a disk that fills up while a script runs', async ({ skip }) => {
    using site = begin();
    const disk = mounted(site.datadir);
    if (!disk) return skip('may not mount');
    try {
      site.script('build', `cat /dev/zero > '${disk.fill}'; echo so full`);
      const full = await site.tick();
      expect(full).toMatchObject({ signal: null, stdout: '' });
      expect(full.stderr).not.toContain('bug');
      rmSync(disk.fill);
      site.script('build', 'exit 0');
      await site.settle();
      expect(site.read("SELECT id FROM builds WHERE state IN ('failure', 'timeout')")).toEqual([]);
      expect(await site.violations()).toEqual([]);
    } finally {
      disk.unmount();
    }
  });

  test('a full disk in the middle of a fetch', async ({ skip }) => {
    using site = begin();
    expect(await site.tick()).toEqual(silence);
    const mirrors = join(site.datadir, 'mirrors');
    rmSync(mirrors, { recursive: true });
    const disk = mounted(mirrors);
    if (!disk) return skip('may not mount');
    try {
      site.repo('one').push('main', { content: 'x'.repeat(100) });
      fill(disk.fill);
      expect(await site.tick()).toMatchObject({ exitCode: 1, stderr: '' });
      expect(states(site)).toEqual(['success', 'error', 'queued']);
      rmSync(disk.fill);
      await site.settle();
      expect(await site.violations()).toEqual([]);
    } finally {
      disk.unmount();
    }
  });
});

test.concurrent.each([
  ['a stderr that nobody reads', 'mkfifo "$$"; exec 3<>"$$" 2>"$$" 3<&-; exec "$@"'],
  ['a stderr on a full disk', 'exec "$@" 2>/dev/full'],
])('%s', async (_, shell) => {
  using site = begin({ repos: ['one', 'empty'], config: { repos: ['one'] }, script: 'echo so bad; exit 1' });
  const through = ['sh', '-c', shell, 'sh'];
  expect(await site.tick({ through })).toMatchObject({ exitCode: 1, stderr: '' });
  site.configure({ repos: ['one', 'empty'] });
  expect(await site.tick({ through })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(readFileSync(join(site.datadir, 'logs/ampci.log'), 'utf8')).toContain('stderr cannot be written');
  const { stderr } = await site.tick();
  expect(stderr).toMatch(/empty/);
  expect(stderr).toMatch(/so bad/);
  expect(await site.tick()).toEqual(silence);
  expect(states(site)).toEqual(['failure']);
});

describe.concurrent('a database', () => {
  function database(site: Site): string {
    return join(site.datadir, 'ampci.db');
  }

  test('a database that is missing beside logs of builds', async () => {
    using site = begin();
    await site.tick();
    rmSync(database(site));
    const { exitCode, stderr } = await site.tick();
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/ampci\.db is missing, but .* holds logs of earlier builds: restore/);
    const check = await site.ampci(['check', '--offline']);
    expect(check.exitCode).toBe(1);
    expect(check.stdout).toMatch(/^problem {2}database .*ampci\.db is missing, but/m);
    expect(existsSync(database(site))).toBe(false);
    expect(site.ledger()).toHaveLength(1);
  });

  test('a database that is empty beside logs of builds', async () => {
    using site = begin();
    await site.tick();
    writeFileSync(database(site), '');
    const { exitCode, stderr } = await site.tick();
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/ampci\.db .* holds logs of earlier builds: restore/);
    expect(site.ledger()).toHaveLength(1);
  });

  test.each([
    [
      'a database that is none',
      (bytes: Buffer) => Buffer.from(`not a database${bytes.toString('latin1').slice(14)}`, 'latin1'),
      /is not a database: /,
    ],
    [
      'a database whose schema is damaged',
      (bytes: Buffer) => bytes.fill(0xa5, 100, 4096),
      /is damaged: restore a copy/,
    ],
    ['a database that was cut', (bytes: Buffer) => bytes.subarray(0, 4096 * 3), /is damaged: restore a copy/],
  ])('%s', async (_, spoil, words) => {
    using site = begin();
    await site.tick();
    const spoiled = spoil(readFileSync(database(site)));
    writeFileSync(database(site), spoiled);
    const { exitCode, stderr } = await site.tick();
    expect(stderr).toMatch(words);
    expect(exitCode).toBe(2);
    expect(readFileSync(database(site)).equals(spoiled)).toBe(true);
  });

  test('a database of a newer ampci', async () => {
    using site = begin();
    await site.tick();
    site.write('PRAGMA user_version = 99');
    expect(await site.tick()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('run the newer ampci'),
    });
  });

  describe.skipIf(!isRoot)('that root may write', () => {
    test('a database that belongs to another user', async () => {
      using site = begin();
      await site.tick();
      site.repo('one').push();
      chownSync(database(site), 1234, 1234);
      for (const command of [['poll'], ['build', 'one']]) {
        const { exitCode, stderr } = await site.ampci(command);
        expect({ command, exitCode }).toEqual({ command, exitCode: 2 });
        expect(stderr).toMatch(/ampci\.db belongs to another user: run this as that one, by sudo -u '#1234'/);
      }
      const { exitCode, stdout } = await site.ampci(['check', '--offline']);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/^problem {2}database .*ampci\.db belongs to another user/m);
      expect((await site.ampci(['status'])).exitCode).toBe(0);
      expect(site.ledger()).toHaveLength(1);
      chownSync(database(site), 0, 0);
      expect(await site.tick()).toEqual(silence);
      expect(site.ledger()).toHaveLength(2);
    });
  });

  test('a database that was restored from a dump', async () => {
    using site = begin();
    await site.tick();
    site.write('PRAGMA user_version = 0');
    const words = /has tables but no schema version: .* run: sqlite3 \S+ 'PRAGMA user_version = (\d+)'/;
    const restored = readFileSync(database(site));
    const refused = await site.tick();
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(words) });
    expect((await site.ampci(['history'])).stderr).toMatch(words);
    expect(readFileSync(database(site)).equals(restored)).toBe(true);
    site.write(`PRAGMA user_version = ${words.exec(refused.stderr)?.[1]}`);
    expect(await site.tick()).toEqual(silence);
  });

  test.each([
    // Longer than a writer waits for another by itself and, the second one, than whoever shows the build waits after it.
    ['a database that is locked when a build ends', ['poll'], 12_000, ['build']],
    ['a database that is locked when a build by hand ends', ['build', 'one'], 24_000, ['build']],
    ['a database that is locked between two scripts of a build', ['poll'], 12_000, ['build', 'ship']],
  ] as const)('%s', { timeout: 120_000 }, async (_, command, lockedMs, scripts) => {
    using site = begin({ script: holding, config: { scripts: { '*': scripts } } });
    site.script('ship', 'exit 0');
    const script = hold(site, 'one');
    const { ended } = site.start(command);
    await held(site, 'one');
    await site.whileLocked(async () => {
      script.release();
      await until(() => site.ledger().length === 1, 'the script ends');
      await pause(lockedMs);
    });
    expect(await ended).toMatchObject({ exitCode: 0 });
    expect(await site.tick()).toEqual(silence);
    expect(await site.violations()).toEqual([]);
    expect(site.ledger()).toHaveLength(1);
  });

  test('a database that is locked while a script floods its log', async () => {
    const flood = 'while [ "$AMPCI_REPO" = two ]; do head -c 300000 /dev/zero; sleep 0.05; done';
    const config = { max_log_size: '1MB' };
    using site = begin({ repos: ['one', 'two'], script: holding, scriptEnd: flood, config });
    site.repo('two').push();
    const [one, two] = [hold(site, 'one'), hold(site, 'two')];
    const { ended } = site.start(['poll']);
    await Promise.all([held(site, 'one'), held(site, 'two')]);
    const sizes: number[] = [];
    await site.whileLocked(async () => {
      one.release();
      await until(() => site.ledger().length === 1, 'the first script ends');
      await pause(500);
      two.release();
      await pause(2500);
      sizes.push(statSync(join(site.datadir, 'logs/builds/2.log')).size);
    });
    await ended;
    expect(sizes[0]).toBeLessThan(2_000_000);
    expect(states(site)).toEqual(['success', 'failure']);
  });

  test('a database that is locked when a build is stopped between two scripts', async () => {
    using site = begin({ script: holding, config: { scripts: { '*': ['build', 'build'] } } });
    const script = hold(site, 'one');
    const { child, ended } = site.start(['poll']);
    await held(site, 'one');
    await site.whileLocked(async () => {
      script.release();
      await until(() => site.ledger().length === 1, 'the script ends');
      await pause(1000);
      child.kill('SIGTERM');
      // Longer than a writer waits for another by itself.
      await pause(11_500);
    });
    await ended;
    expect(site.read('SELECT state, message FROM builds WHERE id = 1')).toEqual([
      { state: 'interrupted', message: 'stopped by a signal' },
    ]);
    expect(site.read('SELECT position, exit_code FROM steps')).toEqual([{ position: 1, exit_code: 0 }]);
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });

  test('a database that a backup keeps locked', async () => {
    using site = begin();
    await site.tick();
    site.repo('one').push();
    const locked = await site.whileLocked(() => site.tick());
    expect(locked).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/is locked by another program \(a backup\?\)/),
    });
    await site.settle();
    expect(await site.violations()).toEqual([]);
  });
});
