import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isAlive, ownIdentity } from '../../src/process/identity.ts';
import { signalProcess } from '../../src/process/signal.ts';
import { parseStat, readStat } from '../../src/process/stat.ts';

test('this process is alive, and its identity is the same at every look', () => {
  expect(isAlive(ownIdentity())).toBe(true);
  expect(ownIdentity()).toEqual(ownIdentity());
  expect(ownIdentity().pid).toBe(process.pid);
});

test.each([
  ['a pid that was reused', { start: '1' }],
  ['the time before a reboot', { boot: '00000000-0000-0000-0000-000000000000' }],
  ['a pid that nobody has', { pid: 2 ** 22 + 1 }],
])('%s is not alive', (_name, change) => {
  expect(isAlive({ ...ownIdentity(), ...change })).toBe(false);
});

test('a process that ended is not alive, even before its parent noticed', async () => {
  // What the shell becomes never waits for its child.
  const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  let stat = readStat(pid);
  while (stat && !stat.ended) stat = readStat(pid);
  expect(stat).not.toBeNull();
  expect(isAlive({ ...ownIdentity(), pid, start: String(stat?.start) })).toBe(false);
  parent.kill('SIGKILL');
});

test.each(['sh', 'a b', ') R 1 2 3 (', 'x) Z 0', '((', 'new\nline'])('a process may be named %j', (name) => {
  const rest = `S 10 11 12 34816 -1 4194304 ${'0 '.repeat(8)}20 0 3 0 98765 1 2 3`;
  expect(parseStat(`77 (${name}) ${rest}\n`)).toEqual({
    pid: 77,
    ppid: 10,
    pgrp: 11,
    session: 12,
    terminal: true,
    kernelThread: false,
    ended: false,
    start: 98765,
  });
});

test('a process with a first thread that ended still runs', () => {
  const stat = (threads: number) => `7 (x) Z 1 7 7 0 -1 4194304 ${'0 '.repeat(8)}20 0 ${threads} 0 5 0`;
  expect([parseStat(stat(3)).ended, parseStat(stat(1)).ended]).toEqual([false, true]);
});

test('a signal reaches the process that was meant and none that has its pid now', async () => {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const pid = child.pid ?? 0;
  const start = readStat(pid)?.start ?? 0;
  signalProcess({ pid, start: start - 1 }, 'SIGKILL');
  expect(readStat(pid)?.ended).toBe(false);
  signalProcess({ pid, start }, 'SIGTERM');
  expect((await ended)[1]).toBe('SIGTERM');
  signalProcess({ pid, start }, 'SIGTERM');
});
