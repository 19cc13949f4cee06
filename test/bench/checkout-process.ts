/**
 * What checks out for a benchmark, and runs what that is compared with, in a process as small as ampci's: to start
 * a program takes the longer the more memory its parent has, and by then the benchmark has several times as much.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openGit } from '../../src/git/git.ts';
import type { CheckoutSource } from '../../src/git/source.ts';
import { lock, tryLock } from '../../src/store/lock.ts';
import { token } from './github.ts';

export interface Setup {
  readonly datadir: string;
  readonly server: string;
}

export type Task =
  | { readonly kind: 'checkout'; readonly source: CheckoutSource; readonly directory: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] };

export type Answer = { readonly ms: number } | { readonly error: string };

const { datadir, server } = JSON.parse(process.argv[2] ?? '') as Setup;
const git = openGit({
  datadir,
  environment: process.env,
  server,
  token: async () => token,
  lock: (name, patience) => lock(datadir, name, patience),
  tryLock: (name) => tryLock(datadir, name),
  clock: Date.now,
});

process.on('message', async (task: Task) => {
  const start = performance.now();
  const error = await perform(task).catch(String);
  const answer: Answer = error === null ? { ms: performance.now() - start } : { error };
  process.send?.(answer);
});

async function perform(task: Task): Promise<string | null> {
  if (task.kind === 'command') {
    const [program = '', ...args] = task.argv;
    await promisify(execFile)(program, args);
    return null;
  }
  const { source, directory } = task;
  const errand = { signal: new AbortController().signal, mark: null, log: console.error, directory };
  const made = await git.checkout(source, errand);
  return made.kind === 'trouble' ? made.trouble.message : null;
}
