import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { local } from '../../src/executor/local.ts';
import { readStat } from '../../src/process/stat.ts';
import { type Bench, killAtOnce, openBench, runs } from './bench-of-scripts.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench[Symbol.dispose]());

/** Writes its pid into a file and waits; `$1` is the file. */
const waiter = `sh -c 'echo $$ > "$1"; exec sleep 600' waiter`;
const stubborn = `sh -c 'trap "" TERM HUP INT; echo $$ > "$1"; while :; do sleep 1; done' waiter`;
const untilThere = 'while ! [ -s left ]; do sleep 0.01; done';

describe('what a script leaves running is ended with it, and its success stays one', () => {
  test.each([
    ['a child in the background', `${waiter} left &`],
    ['a child that ignores TERM', `${stubborn} left &`],
    ['a child with a session of its own', `setsid ${waiter} left &`],
    ['a child with a session of its own that ignores TERM', `setsid ${stubborn} left &`],
    ['a double fork', `(setsid sh -c '${waiter.replaceAll("'", "'\\''")} left &' &)`],
    ['a child that closed the log', `setsid ${waiter} left >/dev/null 2>&1 &`],
    ['a child with a cleared environment', `env -i ${waiter} left &`],
    [
      'a child elsewhere with a cleared environment that holds the log',
      `pwd=$PWD; cd /; env -i setsid ${waiter} "$pwd/left" &`,
    ],
    [
      'a child with a cleared environment and a session in the workspace',
      `env -i setsid ${waiter} left >/dev/null 2>&1 &`,
    ],
    [
      'a child of such a one, elsewhere',
      `env -i setsid sh -c 'p=$PWD; (cd / && exec setsid ${waiter.replaceAll("'", "'\\''")} "$p/left") & sleep 600' >/dev/null 2>&1 &`,
    ],
    [
      'a child with a cleared environment that holds a file of the workspace',
      `pwd=$PWD; cd /; env -i setsid ${waiter} "$pwd/left" >"$pwd/file" 2>&1 &`,
    ],
    [
      'a child of a script that cleared its own environment, elsewhere',
      `#!/usr/bin/env -S -i PATH=/usr/bin:/bin /bin/sh\nw=$PWD; cd /; ${waiter} "$w/left" >/dev/null 2>&1 &`,
    ],
    ['a stopped child', `setsid sh -c 'echo $$ > left; kill -STOP $$' &`],
  ])('%s', async (_name, text) => {
    const step = bench.step(`${text}\ncd "${bench.workspace}"; ${untilThere}`, { graceMs: 300 });
    expect(await local.run(step)).toEqual({ kind: 'exit', exitCode: 0 });
    expect(runs(await bench.pid('left'))).toBe(false);
  });

  test('also after a timeout, of all that ignore TERM', async () => {
    const text = `setsid ${stubborn} left & ${stubborn} other & sleep 600`;
    const step = bench.step(text, { timeoutMs: 500, graceMs: 200 });
    expect(await local.run(step)).toEqual({ kind: 'timeout' });
    expect([runs(await bench.pid('left')), runs(await bench.pid('other'))]).toEqual([false, false]);
  });

  test('a child may use its grace to clean up', async () => {
    const child = `sh -c 'trap "sleep 0.3; echo child cleaned; exit" TERM; echo $$ > left; while :; do sleep 0.01; done'`;
    await local.run(bench.step(`setsid ${child} &\n${untilThere}`));
    expect(bench.output()).toContain('child cleaned\n');
  });

  test('a bounded fork bomb whose members leave the session', async () => {
    // Every member starts two more, seven generations deep, each in its own session, all ignoring TERM.
    const bomb = bench.script(
      'trap "" TERM\n[ "$1" -gt 0 ] && for i in 1 2; do setsid "$0" $(($1 - 1)) & done\necho $$ >> left\nexec sleep 600',
    );
    const end = await local.run(bench.step(`"${bomb}" 7 & ${untilThere}`, { graceMs: 100 }));
    expect(end).toEqual({ kind: 'exit', exitCode: 0 });
    expect(await local.reap({ mark: bench.mark, workspace: null, log: null, since: 0, graceMs: 0 })).toBe(0);
  });

  test('one that forks and ends without end, at the latest with the build', async () => {
    const hot = bench.script('trap "" TERM\necho $$ >> left\nsetsid "$0" &');
    const end = await local.run(bench.step(`"${hot}" & ${untilThere}`, { graceMs: 50 }));
    expect(end).toEqual({ kind: 'exit', exitCode: 0 });
    const remains = { mark: bench.mark, workspace: bench.workspace, log: bench.log, since: 0, graceMs: 0 };
    await local.reap(remains);
    expect(await local.reap(remains)).toBe(0);
  });
});

describe('reap', () => {
  const remains = () => ({
    mark: bench.mark,
    workspace: bench.workspace,
    log: bench.log,
    since: 0,
    graceMs: 300,
  });

  /** A process that no step started, as after the death of ampci. */
  async function orphan(name: string, text: string, options: Parameters<typeof spawn>[2] = {}) {
    const child = spawn('sh', ['-c', text, 'sh', join(bench.workspace, name)], {
      cwd: '/',
      env: { PATH: process.env.PATH },
      detached: true,
      stdio: 'ignore',
      ...options,
    });
    child.unref();
    return bench.pid(name);
  }
  const wait = 'echo $$ > "$1"; exec sleep 600';

  test('finds nothing where nothing is', async () => {
    expect(await local.reap(remains())).toBe(0);
    expect(await local.reap({ ...remains(), workspace: '/nowhere', log: '/nowhere/log' })).toBe(0);
  });

  test('ends what carries the mark, wherever it is, and counts it', async () => {
    const env = { AMPCI_BUILD_MARK: bench.mark, PATH: process.env.PATH };
    const pids = [await orphan('a', wait, { env }), await orphan('b', `trap "" TERM; ${wait}`, { env })];
    expect(await local.reap(remains())).toBe(2);
    expect(pids.map(runs)).toEqual([false, false]);
  });

  test('ends what has the mark for its whole environment', async () => {
    const env = { AMPCI_BUILD_MARK: bench.mark };
    const { pid = 0 } = spawn('/bin/sleep', ['600'], { cwd: '/', env, detached: true, stdio: 'ignore' });
    expect(await local.reap(remains())).toBe(1);
    expect(runs(pid)).toBe(false);
  });

  test('ends what stands in the workspace, also where a link leads to temproot, and what writes to the log', async () => {
    const link = join(bench.folder, 'link');
    symlinkSync(bench.folder, link);
    const fd = openSync(bench.log, 'a');
    const pids = [
      await orphan('a', wait, { cwd: bench.workspace }),
      await orphan('b', wait, { stdio: ['ignore', fd, 'ignore'] }),
    ];
    closeSync(fd);
    // By TERM: nobody waits for the end of the grace.
    expect(await local.reap({ ...remains(), workspace: join(link, 'workspace'), graceMs: 600_000 })).toBe(2);
    expect(pids.map(runs)).toEqual([false, false]);
  });

  test.each<[string, (bench: Bench) => Parameters<typeof spawn>[2]]>([
    ['has nothing to do with the build', () => ({})],
    ['carries the mark of another build', () => ({ env: { AMPCI_BUILD_MARK: `${bench.mark}0` } })],
    ['carries a mark that ends alike', () => ({ env: { AMPCI_BUILD_MARK: `1${bench.mark}` } })],
    ['has the mark in another variable', () => ({ env: { X: `AMPCI_BUILD_MARK=${bench.mark}` } })],
    ['reads the log', () => ({ stdio: [openSync(bench.log, 'r'), 'ignore', 'ignore'] })],
    ['stands beside the workspace', () => ({ cwd: bench.folder })],
    ['stands in a folder that is named alike', () => ({ cwd: mkdtempSync(bench.workspace) })],
  ])('spares what %s', async (_name, options) => {
    const pid = await orphan('spared', wait, { ...options(bench) });
    try {
      expect(await local.reap(remains())).toBe(0);
      expect(runs(pid)).toBe(true);
    } finally {
      killAtOnce(pid);
    }
  });

  test('spares what was there before', async () => {
    const pid = await orphan('older', wait, { cwd: bench.workspace });
    const start = readStat(pid)?.start ?? 0;
    expect(await local.reap({ ...remains(), since: start + 1 })).toBe(0);
    expect(await local.reap({ ...remains(), since: start })).toBe(1);
  });

  test.each(['workspace', 'log'])(
    'spares what uses the target of a link in place of the %s',
    async (replaced) => {
      const target = openSync(join(bench.folder, 'target'), 'a');
      const outside = mkdtempSync(join(bench.folder, 'outside-'));
      const pid = await orphan('spared', wait, { cwd: outside, stdio: ['ignore', target, 'ignore'] });
      closeSync(target);
      const link = join(bench.folder, 'link');
      symlinkSync(replaced === 'log' ? join(bench.folder, 'target') : outside, link);
      try {
        expect(await local.reap({ ...remains(), [replaced]: link })).toBe(0);
        expect(runs(pid)).toBe(true);
      } finally {
        killAtOnce(pid);
      }
    },
  );

  test("spares a person's shell in the workspace", async () => {
    // `script` gives its shell a terminal; itself it stands elsewhere.
    const shell = `cd ${bench.workspace} && echo $$ > spared && exec sleep 600`;
    const person = spawn('script', ['-qc', shell, '/dev/null'], {
      cwd: '/',
      stdio: 'ignore',
      detached: true,
    });
    const pid = await bench.pid('spared');
    try {
      expect(await local.reap(remains())).toBe(0);
      expect(runs(pid)).toBe(true);
    } finally {
      killAtOnce(pid);
      killAtOnce(person.pid ?? pid);
    }
  });

  test('spares this process, though it stands in the workspace, holds the log and has such ancestors', async () => {
    const before = process.cwd();
    process.chdir(bench.workspace);
    try {
      expect(await local.reap(remains())).toBe(0);
    } finally {
      process.chdir(before);
    }
  });
});
