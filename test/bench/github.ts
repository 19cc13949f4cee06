import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ControlCall, controlOf } from '../stand-in/control.ts';
import type { LoggedRequest } from '../stand-in/log.ts';

/** A stand-in GitHub in a process of its own: its CPU time is nobody else's. */
export interface Github extends AsyncDisposable {
  readonly url: string;
  readonly caFile: string;
  call(call: ControlCall, ...given: readonly unknown[]): Promise<unknown>;
  /** All requests since `resetCounters`. */
  requests(): Promise<readonly LoggedRequest[]>;
}

export async function startGithub({ repos = 0, tls = false } = {}): Promise<Github> {
  const script = join(import.meta.dirname, '..', 'stand-in', 'main.ts');
  const args = [script, '--repos', String(repos), ...(tls ? ['--tls'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the stand-in GitHub did not start'))),
  ]);
  const { url, caFile } = JSON.parse(line) as { url: string; caFile: string };
  const call = controlOf(url);
  return {
    url,
    caFile,
    call,
    requests: async () => (await call('requests')) as LoggedRequest[],
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
