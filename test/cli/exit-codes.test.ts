import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../site/program.ts';
import { openSite } from '../site/site.ts';

/** Two repositories of which one is broken, polled once. Tests do not change it. */
const site = openSite({
  repos: ['good', 'bad'],
  config: { scripts: { bad: ['fail'], topic: ['fail'], '*': ['build'] } },
});
afterAll(() => site[Symbol.dispose]());

beforeAll(async () => {
  site.script('fail', 'echo what is said at the end; exit 3');
  site.bootstrap.push();
  site.repo('good').push();
  const sha = site.repo('bad').push('main', { message: 'Break it', author: 'Ada' });
  const { stdout, stderr, exitCode } = await site.tick();
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
  const [{ id } = { id: 0 }] = site.read<{ id: number }>("SELECT id FROM builds WHERE state = 'failure'");
  expect(stderr).toBe(
    [
      `ampci: build failed: bad main (build ${id})`,
      `  commit:    ${sha.slice(0, 12)} Break it`,
      '  author:    Ada <ada@example.org>',
      '  script:    fail',
      '  exit code: 3',
      `  log:       ${site.datadir}/logs/builds/${id}.log`,
      '  | [ampci] step 1/1: fail',
      '  | what is said at the end',
      '  | [ampci] failure: fail exited with 3',
      '',
    ].join('\n'),
  );
});

describe('poll', () => {
  test('0 and silence: nothing moved, and the failure is not told twice', async () => {
    expect(await site.tick()).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
  });

  test('0 and silence: another poll is at work', async () => {
    const lock = new Database(join(site.datadir, 'locks', 'poll.lock'));
    try {
      lock.exec('BEGIN EXCLUSIVE');
      expect(await site.tick()).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
    } finally {
      lock.close();
    }
  });

  test('2: where nobody can make a folder, none is tried for ever', async () => {
    using other = openSite({ config: { datadir: '/proc/ampci/data' } });
    expect(await other.ampci(['poll'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: `ampci: /proc/ampci/data cannot be made: ENOENT: no such file or directory, mkdir '/proc/ampci': correct "datadir"\n`,
    });
  });

  test.each(['file', 'file/below'])('2: the datadir %s is no folder', async (datadir) => {
    using other = openSite({ config: { datadir } });
    writeFileSync(join(other.folder, 'file'), '');
    expect(await other.tick()).toMatchObject({
      exitCode: 2,
      stderr: `ampci: ${join(other.folder, datadir)} is no folder, or below a file: correct "datadir"\n`,
    });
  });

  test('2: a repository that amp.yaml does not have', async () => {
    const { stderr, exitCode } = await site.ampci(['poll', 'godo']);
    expect(stderr).toBe(`ampci: godo is not among the repos of ${site.folder}/amp.yaml: good, bad\n`);
    expect(exitCode).toBe(2);
  });

  test('3: the forge could not be asked, which is told when it begins and when it ends', async () => {
    using other = openSite();
    for (const remote of [other.bootstrap, other.repo('one')]) remote.push();
    await other.tick();
    const away = { baseurl: 'file:///nowhere/acme' };
    const there = { baseurl: `file://${other.folder}/forge/acme` };
    other.configure(away);
    const first = await other.tick();
    expect(first).toMatchObject({ stdout: '', exitCode: 3 });
    expect(first.stderr).toMatch(
      /^ampci cannot poll: cannot list the branches of file:\/\/\/nowhere\/acme\/(?:one|amp_bootstrap): .*\n$/,
    );
    expect(await other.tick()).toMatchObject({ stdout: '', stderr: '', exitCode: 3 });
    expect(await other.ampci(['poll', '--dry-run'])).toMatchObject({ stdout: '', exitCode: 3 });
    other.configure(there);
    const last = await other.tick();
    expect(last).toMatchObject({ stdout: '', exitCode: 0 });
    expect(last.stderr).toMatch(/^ampci polls again; it could not since .*\n$/);
    expect(await other.tick()).toMatchObject({ stderr: '', exitCode: 0 });
  });
});

describe('build', () => {
  test('0 and the output as it comes', async () => {
    const { stdout, stderr, exitCode } = await site.ampci(['build', 'good']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(
      /^\[ampci\] step 1\/1: build\ngood main at [0-9a-f]{12}: success \(build \d+\)\n$/,
    );
  });

  test('0: it is left to the next poll', async () => {
    using other = openSite();
    for (const remote of [other.bootstrap, other.repo('one')]) remote.push();
    const { stdout, exitCode } = await other.ampci(['build', 'one', '--queue']);
    expect(stdout).toMatch(/^one main at [0-9a-f]{12}: queued as build 1\n$/);
    expect(exitCode).toBe(0);
    expect(other.ledger()).toEqual([]);
    await other.tick();
    expect(other.ledger()).toHaveLength(1);
    expect(other.read('SELECT reason FROM builds')).toEqual([{ reason: 'manual' }]);
  });

  test('1: it failed, which the next poll does not tell again', async () => {
    const { stdout, stderr, exitCode } = await site.ampci(['build', 'bad']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 1 });
    expect(stdout).toMatch(
      /^\[ampci\] step 1\/1: fail\nwhat is said at the end\n\[ampci\] failure: fail exited with 3\nbad main at \w+: failure \(build (\d+)\): fail exited with 3; see "ampci log \1"\n$/,
    );
    expect(await site.tick()).toMatchObject({ stderr: '', exitCode: 0 });
  });

  test('-v says on stderr what is done', async () => {
    const { stdout, stderr } = await site.ampci(['build', 'good', '-v']);
    expect(stdout).toMatch(/: success \(build \d+\)\n$/);
    expect(stderr).toContain(
      `ampci: configuration ${site.folder}/amp.yaml, database ${site.datadir}/ampci.db\n`,
    );
    expect(stderr).toMatch(/ \[ampci:build\] \[INFO\] \[\d+\] Building good, refs\/heads\/main\n/);
  });

  test('--quiet: the end of the output only if it fails', async () => {
    const good = await site.ampci(['build', 'good', '--quiet']);
    expect(good.stdout).toMatch(/^good main at \w+: success \(build \d+\)\n$/);
    const bad = await site.ampci(['build', 'bad', '--quiet']);
    expect(bad.stdout).toMatch(/^\[ampci\] step 1\/1: fail\nwhat is said at the end\n/);
    expect(bad.exitCode).toBe(1);
  });

  test('1: one of all, which the name of the bootstrap builds', async () => {
    const { stdout, stderr, exitCode } = await site.ampci(['build', 'amp_bootstrap']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 1 });
    expect(stdout.split('\n').toSorted()).toEqual([
      '',
      expect.stringMatching(/^bad main at \w+: failure \(build \d+\): fail exited with 3; see/),
      expect.stringMatching(/^good main at \w+: success \(build \d+\)$/),
    ]);
  });

  test.each<[readonly string[], string]>([
    [['godo'], 'ampci: godo is not among the repos of '],
    [['good', 'mian'], ' has no branch mian; it has main\n'],
    [['good', '--sha', 'abc'], 'ampci: --sha abc: expected the full commit SHA'],
    [
      ['amp_bootstrap', 'main'],
      'ampci: amp_bootstrap is the bootstrap: it builds every repository, and takes no branch',
    ],
  ])('2: %j', async (args, sentence) => {
    const { stdout, stderr, exitCode } = await site.ampci(['build', ...args]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(sentence);
  });
});

describe('status', () => {
  test('2: a default branch fails', async () => {
    const { stdout, stderr, exitCode } = await site.ampci(['status']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 2 });
    expect(stdout).toMatch(
      /^AMPCI CRITICAL - bad main fails \(build \d+\) \| 'poll_age'=\d+s;600;1800;0 .*\nCRITICAL: /,
    );
  });

  test('0 and 1: all is well, and a side branch fails', async () => {
    using other = openSite({ config: { scripts: { topic: ['fail'], '*': ['build'] } } });
    other.script('fail', 'exit 1');
    for (const remote of [other.bootstrap, other.repo('one')]) remote.push();
    await other.tick();
    const good = await other.ampci(['status']);
    expect(good.stdout).toMatch(/^AMPCI OK - /);
    expect(good.exitCode).toBe(0);
    other.repo('one').push('topic');
    await other.tick();
    const bad = await other.ampci(['status']);
    expect(bad.stdout).toMatch(/^AMPCI WARNING - one topic fails/);
    expect(bad.exitCode).toBe(1);
    const asked = await other.ampci(['status', '-c', 'failing_other=0']);
    expect(asked.stdout).toMatch(/^AMPCI CRITICAL - /);
    expect(asked.exitCode).toBe(2);
  });

  test.each<[string, (datadir: string) => void, RegExp]>([
    [
      'no database',
      (datadir) => rmSync(datadir, { recursive: true, force: true }),
      /no database .*ampci poll/,
    ],
    [
      'garbage for a database',
      (datadir) => {
        mkdirSync(datadir, { recursive: true });
        writeFileSync(join(datadir, 'ampci.db'), 'garbage '.repeat(1000));
      },
      /ampci\.db is not a database/,
    ],
  ])('3 on stdout: %s', async (_, spoil, sentence) => {
    using other = openSite();
    spoil(other.datadir);
    const { stdout, stderr, exitCode } = await other.ampci(['status']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 3 });
    expect(stdout).toMatch(/^AMPCI UNKNOWN - /);
    expect(stdout).toMatch(sentence);
    expect(existsSync(join(other.datadir, 'logs'))).toBe(false);
  });

  test('--prometheus --output writes the file, and nothing else', async () => {
    const file = join(site.folder, 'ampci.prom');
    expect(await site.ampci(['status', '--prometheus', '--output', file])).toMatchObject({
      stdout: '',
      stderr: '',
      exitCode: 0,
    });
    expect(readFileSync(file, 'utf8')).toMatch(/^ampci_status 2$/m);
  });
});

describe('what shows something', () => {
  test.each<[readonly string[], RegExp]>([
    [['history'], /^BUILD +STATE +REPO +BRANCH/],
    [['history', 'bad', 'main', '-n', '1'], /^.*\n\d+ +failure +bad +main .* fail, exit 3\n$/],
    [['history', '--failed', '--since', '1d'], / failure /],
    [['log', 'bad'], /^\[ampci\] step 1\/1: fail\nwhat is said at the end\n/],
    [['log', '1'], /^\[ampci\] step 1\/1: /],
    [['log', '-f', '1'], /^\[ampci\] step 1\/1: /],
    [
      ['why', 'bad'],
      /^bad main has been at [0-9a-f]{7} since .*\n {2}.* appeared at [0-9a-f]{7}: queued as build \d+\n/,
    ],
    [['check', '--offline'], /^ok +configuration +\/.*amp\.yaml\n/],
    [['prune'], /^0 builds with their logs/],
    [['poll', '--dry-run'], /^nothing would be built|^nothing moved/],
  ])('exits with 0: %j', async (args, output) => {
    const { stdout, stderr, exitCode } = await site.ampci(args);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(output);
  });

  test.each<[readonly string[], readonly string[]]>([
    [
      ['history', '--json'],
      'id repo branch sha bootstrap_sha reason state attempt queued_at started_at finished_at duration_ms step exit_code log'.split(
        ' ',
      ),
    ],
    [
      ['why', 'bad', '--json'],
      ['repo', 'branch', 'head', 'events'],
    ],
    [
      ['check', '--offline', '--json'],
      ['state', 'items'],
    ],
    [
      ['status', '--json'],
      ['state', 'exit_code', 'summary', 'findings', 'metrics'],
    ],
  ])('takes --json: %j', async (args, keys) => {
    const { stdout } = await site.ampci(args);
    const shown = JSON.parse(stdout);
    const one = Array.isArray(shown) ? shown[0] : shown;
    expect(Object.keys(one)).toEqual(expect.arrayContaining([...keys]));
    for (const key of Object.keys(one)) expect(key).toMatch(/^[a-z_]+$/);
  });

  test.each<[readonly string[], string]>([
    [['history', 'godo'], 'no repository "godo" has been polled: did you mean good?'],
    [['history', '--since', 'soon'], 'soon'],
    [['history', '--watch'], '--watch needs a terminal'],
    [['log', '999'], 'there is no build 999: see "ampci history"'],
    [['log', 'good', 'mian'], 'did you mean main?'],
    [['why', 'good', 'mian'], 'did you mean main?'],
  ])('exits with 2: %j', async (args, sentence) => {
    const { stdout, stderr, exitCode } = await site.ampci(args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(sentence);
  });

  test.each([[['history']], [['log']], [['why', 'one']]])(
    'exits with 2 and says what to do before the first poll: %j',
    async (args) => {
      using other = openSite();
      const { stdout, stderr, exitCode } = await other.ampci(args);
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
      expect(stderr).toBe(
        `ampci: there is no database ${other.datadir}/ampci.db yet: run "ampci poll" first\n`,
      );
      expect(existsSync(other.datadir)).toBe(false);
    },
  );
});

describe('check and init', () => {
  test('check exits with 1 where something is wrong, and says how to mend it', async () => {
    using other = openSite({ config: { scripts: { '*': ['bulid'] } } });
    const { stdout, stderr, exitCode } = await other.ampci(['check', '--offline']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 1 });
    expect(stdout).toMatch(/^problem +scripts +.*bulid does not exist\n +-> create it/m);
  });

  test('init writes amp.yaml and checks it, and never over a file', async () => {
    const folder = join(site.folder, 'new');
    mkdirSync(folder);
    const file = join(folder, 'amp.yaml');
    const answers = [
      '--baseurl',
      `file://${site.folder}/forge/acme`,
      '--repos',
      'good',
      '--scripts',
      'build',
    ];
    const init = ['init', '-c', file, ...answers, '--bootstrap', 'none'];
    const first = await site.ampci(init);
    expect(first).toMatchObject({ stderr: '', exitCode: 1 });
    expect(first.stdout).toMatch(/^Wrote .*amp\.yaml\. Checking it:\n/);
    expect(first.stdout).toMatch(/^problem +scripts /m);
    const text = readFileSync(file, 'utf8');
    expect(await site.ampci(init)).toMatchObject({ stdout: '', exitCode: 2 });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('init does not ask where nobody can answer', async () => {
    const { stderr, exitCode } = await site.ampci(['init', '-c', 'nobody.yaml']);
    expect(stderr).toMatch(/^ampci: --baseurl is missing: /);
    expect(exitCode).toBe(2);
    expect(readdirSync(site.folder)).not.toContain('nobody.yaml');
  });
});

describe('in a pipe', () => {
  function shell(script: string): string {
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: site.folder,
      AMPCI_CONFIG: join(site.folder, 'amp.yaml'),
      NODE: process.execPath,
      AMPCI: join(root, 'bin', 'ampci.js'),
    };
    return execFileSync('/bin/sh', ['-c', script], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 2 ** 26,
    });
  }

  test('whoever reads only the first line makes no noise', () => {
    const run = '{ "$NODE" "$AMPCI" history -n 100; echo "exit $?" >&3; }';
    expect(shell(`exec 3>&1; ${run} | head -1`)).toMatch(/^BUILD .*\nexit 0\n$|^exit 0\nBUILD .*\n$/);
  });

  test('a build whose reader leaves is cancelled cleanly', async () => {
    using other = openSite({ script: 'echo begun; while :; do echo on; sleep 0.05; done' });
    for (const remote of [other.bootstrap, other.repo('one')]) remote.push();
    const config = join(other.folder, 'amp.yaml');
    expect(shell(`"$NODE" "$AMPCI" build one -c '${config}' | head -2`)).toBe(
      '[ampci] step 1/1: build\nbegun\n',
    );
    // Its commit was never built: the next poll does that.
    expect(other.read('SELECT state FROM builds')).toEqual([{ state: 'cancelled' }, { state: 'queued' }]);
    expect(await other.violations({ heads: [], bootstrapSha: null })).toEqual(['build 2 is still queued']);
  });

  test('output that cannot be written is an error', () => {
    expect(shell('"$NODE" "$AMPCI" history 2>&1 > /dev/full || echo "exit $?"')).toBe(
      'ampci: the output cannot be written: ENOSPC\nexit 2\n',
    );
    // Neither a verdict of a monitor's nor a bug.
    expect(shell('"$NODE" "$AMPCI" status 2>&1 > /dev/full || echo "exit $?"')).toBe(
      'AMPCI UNKNOWN - the output cannot be written: ENOSPC\nexit 3\n',
    );
  });

  test('a slow reader gets all of a long log', async () => {
    site.script('long', 'seq 1 300000');
    site.configure({ scripts: { '*': ['long'] } });
    await site.ampci(['build', 'good', '--quiet']);
    expect(shell('"$NODE" "$AMPCI" log good | (sleep 0.3; tail -1)')).toBe('300000\n');
    expect(shell('"$NODE" "$AMPCI" log good | head -2')).toBe('[ampci] step 1/1: long\n1\n');
  });

  test('there is no colour, nor any escape sequence, whatever the environment wants', () => {
    expect(shell('TERM=xterm-256color FORCE_COLOR=1 "$NODE" "$AMPCI" history')).not.toContain('\u001b');
  });
});
