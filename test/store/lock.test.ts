import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lock, tryLock } from '../../src/store/lock.ts';

let datadir: string;
beforeEach(() => {
  datadir = mkdtempSync(join(tmpdir(), 'ampci-lock-'));
});
afterEach(() => rmSync(datadir, { recursive: true }));

it('is held by one at a time, within a process too', () => {
  const first = tryLock(datadir, 'poll');
  expect(first).not.toBeNull();
  expect(tryLock(datadir, 'poll')).toBeNull();
  expect(tryLock(datadir, 'slot-1')).not.toBeNull();
  first?.release();
  first?.release();
  expect(tryLock(datadir, 'poll')).not.toBeNull();
});

it('ends with its process, even if that is killed, and its children do not keep it', async () => {
  const holder = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { tryLock } from ${JSON.stringify(join(import.meta.dirname, '../../src/store/lock.ts'))};
       import { spawn } from 'node:child_process';
       globalThis.held = tryLock(${JSON.stringify(datadir)}, 'poll');
       const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
       console.log(child.pid);
       setInterval(() => globalThis.held, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [output] = await once(holder.stdout, 'data');
  expect(tryLock(datadir, 'poll')).toBeNull();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(tryLock(datadir, 'poll')).not.toBeNull();
  process.kill(Number(String(output)), 'SIGKILL');
});

it('is waited for, as long as patience lasts', async () => {
  const held = tryLock(datadir, 'mirror');
  const { signal } = new AbortController();
  expect(await lock(datadir, 'mirror', { timeoutMs: 30, signal })).toBeNull();
  const waiting = lock(datadir, 'mirror', { timeoutMs: 30_000, signal });
  held?.release();
  expect(await waiting).not.toBeNull();
});

it('stops waiting when it is told to', async () => {
  using _ = tryLock(datadir, 'mirror');
  const waiting = lock(datadir, 'mirror', { timeoutMs: 30_000, signal: AbortSignal.timeout(20) });
  await expect(waiting).rejects.toThrow(/abort/i);
});

it('cannot be held by other users, who may not even look at it', () => {
  tryLock(datadir, 'poll')?.release();
  expect(statSync(join(datadir, 'locks')).mode & 0o777).toBe(0o700);
});

it('is refused where its file may not be written: that would exclude nobody', () => {
  tryLock(datadir, 'poll')?.release();
  chmodSync(join(datadir, 'locks', 'poll.lock'), 0o444);
  const module = JSON.stringify(join(import.meta.dirname, '../../src/store/lock.ts'));
  const take = `import { tryLock } from ${module}; tryLock(${JSON.stringify(datadir)}, 'poll')`;
  // Root writes wherever it likes unless it gives that up.
  const unprivileged = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override'] : ['env'];
  const [file = '', ...args] = [...unprivileged, process.execPath, '--input-type=module', '-e', take];
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/poll\.lock cannot be written: EACCES/);
});
