import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileName } from '../../src/domain/file-name.ts';
import type { CheckoutSource } from '../../src/git/source.ts';
import type { Answer, Setup, Task } from './checkout-process.ts';
import { type Github, startGithub } from './github.ts';
import { historyStream } from './history.ts';
import { median } from './measure.ts';
import type { Place } from './place.ts';
import type { Row, Rows } from './row.ts';

const execute = promisify(execFile);

/** What a build pays for its files: the mirror is there, and one small commit is new. */
export async function* checkout(place: Place): Rows {
  await using github = await startGithub();
  await github.call('createRepo', {
    owner: 'acme',
    name: 'small',
    files: { 'README.md': 'small\n', build: '#!/bin/sh\n' },
  });
  yield* checkoutsOf(place, github, { name: 'small', rounds: place.steadyOnly ? 2 : 9 });
  if (place.steadyOnly) return;
  place.say('a repository with 20,000 commits and 3,000 files');
  await github.call('createRepo', { owner: 'acme', name: 'large' });
  await github.fastImport('acme/large', historyStream({ files: 3000, commits: 20_000 }));
  yield* checkoutsOf(place, github, { name: 'large', rounds: 9 });
}

interface Subject {
  readonly name: 'small' | 'large';
  readonly rounds: number;
}

/** `shared`: by git itself from the mirror as it is, without a fetch: what a checkout cannot be faster than. */
type Way = 'checkout' | 'copy' | 'shared' | 'clone';

/**
 * Which way comes first changes from round to round. What a round made stays: on ext4 without a journal a new file
 * takes ten times as long for five minutes after many have been removed.
 */
async function* checkoutsOf(place: Place, github: Github, { name, rounds }: Subject): Rows {
  await using process = startProcess(place, { datadir: datadirOf(place.folder, name), server: github.url });
  const path = (round: number, way: Way) => join(place.folder, `${name}-${round}-${way}`);
  const command = (...argv: readonly string[]) => process.time({ kind: 'command', argv });
  const ways: Readonly<Record<Way, (round: number) => Promise<number>>> = {
    checkout: async (round) => {
      const source = await sourceOf(place, github, name);
      return process.time({ kind: 'checkout', source, directory: path(round, 'checkout') });
    },
    copy: (round) => command('cp', '-r', path(round - 1, 'checkout'), path(round, 'copy')),
    shared: (round) =>
      command('git', 'clone', '--quiet', '--shared', mirrorOf(place, name), path(round, 'shared')),
    clone: (round) => command('git', 'clone', '--quiet', `${github.url}/acme/${name}`, path(round, 'clone')),
  };
  const taken: Record<Way, number[]> = { checkout: [], copy: [], shared: [], clone: [] };
  const bytes: number[] = [];
  await ways.checkout(0);
  for (let round = 1; round <= rounds; round += 1) {
    const files = { 'part-0/changed.txt': `round ${round}\n` };
    await github.call('commit', `acme/${name}`, 'main', { files });
    for (const way of inTurn(round)) {
      await github.call('resetCounters');
      taken[way].push(await ways[way](round));
      if (way === 'checkout') {
        bytes.push((await github.requests()).reduce((sum, request) => sum + request.bytes, 0));
      }
    }
    if (round === 1 && !place.steadyOnly) yield await diskOf(place, name, path(round, 'checkout'));
  }
  const what = `warm checkout, ${name === 'large' ? '20,000 commits and 3,000 files' : 'small'}`;
  yield { name: `${what}: fetched`, value: Math.max(...bytes) / 1000, unit: 'kB', atMost: 10 };
  if (place.steadyOnly) return;
  const to = (way: Way, other: Way) =>
    median(taken[way].map((ms, round) => ms / (taken[other][round] ?? Number.NaN)));
  yield { name: `${what}: time`, value: median(taken.checkout), unit: 'ms' };
  yield {
    name: `${what}: time, to cp -r of the same`,
    value: to('checkout', 'copy'),
    unit: 'x',
    atMost: 1.3,
  };
  yield {
    name: `${what}: git clone --shared, which fetches nothing, to cp -r`,
    value: to('shared', 'copy'),
    unit: 'x',
  };
  yield {
    name: `${what}: time, to a full clone`,
    value: to('checkout', 'clone'),
    unit: 'x',
    ...(name === 'large' ? { atMost: 0.15 } : {}),
  };
}

function inTurn(round: number): readonly Way[] {
  return round % 2 === 1 ? ['checkout', 'copy', 'shared', 'clone'] : ['copy', 'shared', 'checkout', 'clone'];
}

function mirrorOf({ folder }: Place, name: string): string {
  return join(datadirOf(folder, name), 'mirrors', `${fileName(`acme/${name}`)}.git`);
}

const datadirOf = (folder: string, name: string): string => join(folder, `checkouts-${name}`);

async function sourceOf(place: Place, github: Github, name: string): Promise<CheckoutSource> {
  const sha = await headOf((await github.call('repo', `acme/${name}`)) as { path: string }, place);
  const url = `${github.url}/acme/${name}.git`;
  return { repoId: null, owner: 'acme', name, url, branch: 'main', sha, submodules: true };
}

/** See checkout-process.ts. */
function startProcess({ env }: Place, setup: Setup) {
  const child = fork(join(import.meta.dirname, 'checkout-process.ts'), [JSON.stringify(setup)], { env });
  const ended = once(child, 'exit');
  return {
    /** Resolves to ms. */
    async time(task: Task): Promise<number> {
      child.send(task);
      const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer | number | null];
      if (answer === null || typeof answer === 'number')
        throw new Error(`what checks out ended with ${answer}`);
      if ('error' in answer) throw new Error(answer.error);
      return answer.ms;
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

async function headOf({ path }: { readonly path: string }, { env }: Place): Promise<string> {
  const args = ['-c', 'safe.directory=*', '--git-dir', path, 'rev-parse', 'refs/heads/main'];
  return (await execute('git', args, { env })).stdout.trim();
}

function run({ env }: Place, command: string, ...args: readonly string[]) {
  return execute(command, args, { env });
}

/** Objects are the mirror's: a workspace has the files, and an index of them. */
async function diskOf(place: Place, name: string, directory: string): Promise<Row> {
  const used = async (...args: readonly string[]) =>
    Number.parseInt((await run(place, 'du', '-sk', ...args, directory)).stdout, 10);
  const value = (await used()) / (await used('--exclude=.git'));
  return {
    name: `warm checkout, ${name}: disk, to its files alone`,
    value,
    unit: 'x',
    ...(name === 'large' ? { atMost: 1.1 } : {}),
  };
}
