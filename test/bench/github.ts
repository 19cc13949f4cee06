import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ControlCall, controlOf } from '../stand-in/control.ts';
import { gitEnvironment } from '../stand-in/git.ts';
import type { LoggedRequest } from '../stand-in/log.ts';

/** As long as GitHub's are: what masks it in logs takes longer for a short one. */
export const token = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

/** A stand-in GitHub in a process of its own: its CPU time is nobody else's. */
export interface Github extends AsyncDisposable {
  readonly url: string;
  readonly caFile: string;
  call(call: ControlCall, ...given: readonly unknown[]): Promise<unknown>;
  /** Brings a `git fast-import` stream into a repository: too large a one for `call`. */
  fastImport(repo: string, stream: Iterable<string>): Promise<void>;
  /** All requests since `resetCounters`. */
  requests(): Promise<readonly LoggedRequest[]>;
}

export async function startGithub({ repos = 0, tls = false } = {}): Promise<Github> {
  const script = join(import.meta.dirname, '..', 'stand-in', 'main.ts');
  const args = [script, '--token', token, '--repos', String(repos), ...(tls ? ['--tls'] : [])];
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
    async fastImport(repo, stream) {
      const { path } = (await call('repo', repo)) as { path: string };
      await importInto(path, stream);
      await call('refresh', repo);
    },
    requests: async () => (await call('requests')) as LoggedRequest[],
    [Symbol.asyncDispose]: () => end(child),
  };
}

/**
 * Packed anew, as git-fast-import(1) advises and a server's maintenance does: otherwise the newest version of a
 * file is the one that takes the longest to read.
 */
async function importInto(path: string, stream: Iterable<string>): Promise<void> {
  await git(path, ['fast-import', '--quiet', '--force'], stream);
  await git(path, ['repack', '-a', '-d', '-f', '-q'], []);
}

async function git(path: string, args: readonly string[], input: Iterable<string>): Promise<void> {
  const child = spawn('git', ['--git-dir', path, ...args], {
    env: gitEnvironment(),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  await pipeline(Readable.from(input), child.stdin);
  const [code] = await ended;
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`);
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
