import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { local } from '../../src/executor/local.ts';
import { readStat } from '../../src/process/stat.ts';
import { type Bench, openBench, runs } from './bench-of-scripts.ts';

let bench: Bench;
beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench[Symbol.dispose]());

describe('a script', () => {
  test.each([
    ['exit 0', { kind: 'exit', exitCode: 0 }],
    ['exit 3', { kind: 'exit', exitCode: 3 }],
    ['exit 255', { kind: 'exit', exitCode: 255 }],
    ['kill -SEGV $$', { kind: 'killed', signal: 'SIGSEGV' }],
    ['kill -KILL $$', { kind: 'killed', signal: 'SIGKILL' }],
    ['kill -TERM $$', { kind: 'killed', signal: 'SIGTERM' }],
  ])('that does "%s" ends so', async (text, end) => {
    expect(await local.run(bench.step(text))).toEqual(end);
  });

  test('runs in its folder with exactly the environment given and nothing to read', async () => {
    const env = { PATH: '/usr/bin:/bin', ODD: 'a\nb $(id) ü', AMPCI_BUILD_MARK: bench.mark };
    await local.run(bench.step('pwd; cat; env -0 | sort -z | tr "\\0" "\\n"', { env }));
    expect(bench.output()).toBe(
      `${bench.workspace}\nAMPCI_BUILD_MARK=${bench.mark}\nODD=a\nb $(id) ü\nPATH=/usr/bin:/bin\nPWD=${bench.workspace}\n`,
    );
  });

  test('leads a session and a process group of its own, without a terminal', async () => {
    await local.run(bench.step('cut -d" " -f1,5,6,7 /proc/$$/stat'));
    const [pid, pgrp, session, terminal] = bench.output().trim().split(' ');
    expect([pgrp, session, terminal]).toEqual([pid, pid, '0']);
  });

  test('has the usual signals and no open file of ours', async () => {
    using other = openBench();
    await local.run(
      bench.step('ls -l /proc/self/fd/ >open-files; grep -E "^Sig(Ign|Blk)" /proc/self/status'),
    );
    const openFiles = readFileSync(join(bench.workspace, 'open-files'), 'utf8');
    expect(openFiles).toContain(bench.log);
    expect(openFiles).not.toContain(other.log);
    // Node itself ignores PIPE.
    expect(bench.output()).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  test('writes to the log in order, whichever stream it uses, any bytes', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `echo out${i}; echo err${i} >&2`).join('\n');
    await local.run(bench.step(`${lines}\nprintf '\\000\\377\\033[31m\\r'`));
    const expected = Array.from({ length: 200 }, (_, i) => `out${i}\nerr${i}\n`).join('');
    expect(readFileSync(bench.log)).toEqual(
      Buffer.concat([Buffer.from(expected), Buffer.from([0, 255, 27, 91, 51, 49, 109, 13])]),
    );
  });

  test('without a first line "#!" is run by /bin/sh, as execvp and every shell do', async () => {
    const step = { ...bench.step('true'), script: bench.script(Buffer.from('echo from sh\nexit 4\n')) };
    expect(await local.run(step)).toEqual({ kind: 'exit', exitCode: 4 });
    expect(bench.output()).toBe('from sh\n');
  });

  test('leaves no zombie', async () => {
    await local.run(bench.step('echo $$ > pid'));
    expect(readStat(await bench.pid('pid'))).toBeNull();
  });
});

describe('the time of a step', () => {
  test('ends a script at its timeout', async () => {
    expect(await local.run(bench.step('echo $$ > pid; sleep 600', { timeoutMs: 200 }))).toEqual({
      kind: 'timeout',
    });
    expect(runs(await bench.pid('pid'))).toBe(false);
  });

  test('gives it its grace after TERM', async () => {
    const text = 'trap "sleep 0.2; echo cleaned up; exit 9" TERM; while :; do sleep 0.05; done';
    expect(await local.run(bench.step(text, { timeoutMs: 300 }))).toEqual({ kind: 'timeout' });
    expect(bench.output()).toContain('cleaned up\n');
  });

  test('kills what ignores TERM', async () => {
    const text = 'trap "" TERM; echo $$ > pid; sleep 600 & while :; do sleep 600; done';
    const step = bench.step(text, { timeoutMs: 200, graceMs: 300 });
    expect(await local.run(step)).toEqual({ kind: 'timeout' });
    expect(runs(await bench.pid('pid'))).toBe(false);
  });

  test('ends what is stopped', async () => {
    const step = bench.step('echo $$ > pid; kill -STOP $$', { timeoutMs: 200, graceMs: 60_000 });
    expect(await local.run(step)).toEqual({ kind: 'timeout' });
  });

  test('may be longer than a timer can be', async () => {
    expect(await local.run(bench.step('sleep 0.1; exit 5', { timeoutMs: 2 ** 40 }))).toEqual({
      kind: 'exit',
      exitCode: 5,
    });
  });

  test('may be over before it starts', async () => {
    expect(await local.run(bench.step('touch ran', { timeoutMs: 0 }))).toEqual({ kind: 'timeout' });
    expect(statSync(join(bench.workspace, 'ran'), { throwIfNoEntry: false })).toBeUndefined();
  });
});

describe('the signal of a step', () => {
  test('stops the script', async () => {
    const stop = new AbortController();
    const end = local.run(bench.step('echo $$ > pid; sleep 600', { signal: stop.signal }));
    const pid = await bench.pid('pid');
    stop.abort();
    expect(await end).toEqual({ kind: 'stopped' });
    expect(runs(pid)).toBe(false);
  });

  test('keeps it from starting when it came before', async () => {
    expect(await local.run(bench.step('touch ran', { signal: AbortSignal.abort() }))).toEqual({
      kind: 'stopped',
    });
    expect(statSync(join(bench.workspace, 'ran'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('is obeyed when it comes while the script is being started', async () => {
    const stop = new AbortController();
    const end = local.run(bench.step('sleep 600', { signal: stop.signal }));
    stop.abort();
    expect(await end).toEqual({ kind: 'stopped' });
  });
});

describe('the size of the log', () => {
  const maxLogSizeBytes = 1_000_000;

  test.each([
    ['a flood', 'echo $$ > pid; exec yes'],
    ['a flood that ignores TERM', 'trap "" TERM; echo $$ > pid; yes'],
    ['a flood of children', 'echo $$ > pid; for i in 1 2 3; do yes & done; wait'],
  ])('%s ends at the limit', async (_name, text) => {
    const end = await local.run(bench.step(text, { maxLogSizeBytes, graceMs: 300 }));
    expect(end).toEqual({ kind: 'log_limit' });
    expect(statSync(bench.log).size).toBe(maxLogSizeBytes);
    expect(runs(await bench.pid('pid'))).toBe(false);
  });

  test('counts also for a script that is faster than we look', async () => {
    const end = await local.run(bench.step('head -c 2000000 /dev/zero; exit 0', { maxLogSizeBytes }));
    expect(end).toEqual({ kind: 'log_limit' });
    expect(statSync(bench.log).size).toBe(maxLogSizeBytes);
  });

  test('counts also for what a script leaves running', async () => {
    const text = `sh -c 'trap "" TERM; touch deaf; sleep 0.1; exec yes' &
      until [ -e deaf ]; do sleep 0.01; done`;
    const end = await local.run(bench.step(text, { maxLogSizeBytes, graceMs: 400 }));
    expect(end).toEqual({ kind: 'log_limit' });
    expect(statSync(bench.log).size).toBe(maxLogSizeBytes);
  });

  test('may be reached, not exceeded', async () => {
    const end = await local.run(bench.step('head -c 1000000 /dev/zero; exit 7', { maxLogSizeBytes }));
    expect(end).toEqual({ kind: 'exit', exitCode: 7 });
    expect(statSync(bench.log).size).toBe(maxLogSizeBytes);
  });
});

describe('a script that cannot be started says why', () => {
  const missing = '/nowhere/at/all';
  test.each<[string, () => Parameters<typeof local.run>[0], RegExp]>([
    ['missing', () => bench.step('', { script: missing }), /^\/nowhere\/at\/all does not exist: create it/],
    [
      'not executable',
      () => bench.step('', { script: bench.script('exit 0', 0o644) }),
      /is not executable: chmod \+x/,
    ],
    [
      'a folder',
      () => bench.step('', { script: bench.workspace }),
      /workspace is a folder, not an executable file/,
    ],
    [
      'missing interpreter',
      () => bench.step(`#!${missing} -x\n`),
      /interpreter that does not exist: "#!\/nowhere/,
    ],
    ['Windows line ends', () => bench.step('#!/bin/sh\r\nexit 0\r\n'), /has Windows line ends/],
    [
      'vanished workspace',
      () => bench.step('exit 0', { cwd: missing }),
      /^\/nowhere\/at\/all, the workspace, is gone/,
    ],
    ['file as a folder', () => bench.step('', { script: '/etc/passwd/x' }), /part of its path is no folder/],
    [
      'too large an environment',
      () => bench.step('exit 0', { env: { BIG: 'x'.repeat(3_000_000) } }),
      /environment is too large/,
    ],
    [
      'link in a circle',
      () => {
        const link = join(bench.folder, 'circle');
        symlinkSync(link, link);
        return bench.step('', { script: link });
      },
      /symbolic link that leads in a circle/,
    ],
  ])('%s', async (_name, step, message) => {
    const end = await local.run(step());
    expect(end).toEqual({ kind: 'unstartable', message: expect.stringMatching(message) });
    expect(bench.output()).toBe('');
  });

  test('open for writing', async () => {
    const step = bench.step('exit 0');
    const fd = openSync(step.script, 'r+');
    const end = await local.run(step);
    closeSync(fd);
    expect(end).toEqual({ kind: 'unstartable', message: expect.stringMatching(/open for writing/) });
  });
});

test('names with blanks and signs of the shell are only names', async () => {
  const folder = join(bench.folder, "$(touch x) ';|&");
  mkdirSync(folder);
  const script = join(folder, '-x $HOME');
  writeFileSync(script, '#!/bin/sh\necho "$0"\n', { mode: 0o755 });
  expect(await local.run(bench.step('', { script }))).toEqual({ kind: 'exit', exitCode: 0 });
  expect(bench.output()).toBe(`${script}\n`);
  rmSync(folder, { recursive: true });
});
