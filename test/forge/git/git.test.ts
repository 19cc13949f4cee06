import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../../src/domain/config.ts';
import type { Listing, ListRemote } from '../../../src/domain/listing.ts';
import type { Forge, Observation } from '../../../src/forge/forge.ts';
import { openForge } from '../../../src/forge/registry.ts';
import { configWith } from '../../domain/config-fixture.ts';
import { createMemory, type Memory } from '../memory.ts';

const run = promisify(execFile);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'forge-git-'));
  mkdirSync(join(root, 'team'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: root })).stdout.trim();
}

/** A bare repository with a commit on each branch, the first one being the default. */
async function makeRepo(folder: string, ...branches: string[]): Promise<string> {
  const path = join(root, 'team', folder);
  await git('init', '--quiet', '--bare', `--initial-branch=${branches[0] ?? 'main'}`, path);
  const tree = await git('--git-dir', path, 'write-tree');
  const sha = await git('--git-dir', path, 'commit-tree', tree, '-m', `Begin ${folder}`);
  for (const branch of branches) await git('--git-dir', path, 'update-ref', `refs/heads/${branch}`, sha);
  return sha;
}

/** As `src/git` does it, with just enough of its care. */
const lsRemote: ListRemote = async (url) => {
  try {
    const { stdout } = await run('git', ['ls-remote', '--symref', '--', url, 'HEAD', 'refs/heads/*']);
    const lines = stdout.split('\n').map((line) => line.split('\t'));
    const heads = lines.flatMap(([sha = '', ref = '']) =>
      ref.startsWith('refs/heads/') ? [{ branch: ref.slice(11), sha }] : [],
    );
    const symref = lines.find(([target = '', ref]) => ref === 'HEAD' && target.startsWith('ref: '));
    return { kind: 'listed', heads, defaultBranch: symref?.[0]?.slice('ref: refs/heads/'.length) ?? null };
  } catch (error) {
    return { kind: 'trouble', trouble: 'missing', message: String(error) };
  }
};

interface Site {
  readonly config?: Partial<Config>;
  readonly listRemote?: ListRemote;
}

function open({ config = {}, listRemote = lsRemote }: Site = {}): Forge {
  const here = { server: `file://${root}`, owner: 'team', forge: 'git', apiUrl: null } as const;
  return openForge({
    config: configWith({ ...here, ...config }),
    credential: null,
    listRemote,
    environment: {},
  });
}

interface Look extends Site {
  readonly memory?: Memory;
  readonly now?: number;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

async function look(names: readonly string[], how: Look = {}): Promise<Observation> {
  const {
    memory = createMemory(),
    now = 0,
    deadlineMs = 20_000,
    signal = new AbortController().signal,
  } = how;
  const wanted = names.map((name) => ({ owner: 'team', name, glob: name.includes('*') }));
  const seen = await open(how).observe({ wanted, full: false, known: memory.known, now, deadlineMs, signal });
  memory.save(seen, now);
  return seen;
}

const start = Date.UTC(2026, 0, 1);
const listed: Listing = {
  kind: 'listed',
  defaultBranch: 'main',
  heads: [{ branch: 'main', sha: 'a'.repeat(40) }],
};

describe('heads by ls-remote', () => {
  test('are all branches, by whole names', async () => {
    const sha = await makeRepo('web.git', 'trunk', 'feature/main', 'HEAD', 'x');

    const seen = await look(['web']);

    expect(seen).toMatchObject({ outcome: 'observed', full: true, requests: 1, points: 0, troubles: [] });
    expect(seen).toMatchObject({
      repos: [
        {
          repo: {
            forgeId: `file://${root}/team/web`,
            owner: 'team',
            name: 'web',
            defaultBranch: 'trunk',
            pushedAt: null,
          },
          heads: ['HEAD', 'feature/main', 'trunk', 'x'].map((branch) => ({ branch, sha })),
        },
      ],
    });
  });

  test('of a glob are those of the bare and other repositories in the folder', async () => {
    await makeRepo('amp_one.git', 'main');
    await makeRepo('amp_two', 'main');
    await makeRepo('other.git', 'main');
    mkdirSync(join(root, 'team', 'amp_no_repo'));

    const seen = await look(['amp_*', 'amp_one']);

    expect(seen.outcome === 'observed' && seen.repos.map(({ repo }) => repo.name)).toEqual([
      'amp_one',
      'amp_two',
    ]);
  });

  test.each([
    [{ server: 'file:///nowhere' }, /\/nowhere\/team cannot be listed/],
    [{ server: 'ssh://git@example.org' }, /only GitHub's API lists repositories/],
  ])('of a glob that cannot be found out (%j)', async (config, message) => {
    expect(await look(['amp_*'], { config })).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(message),
    });
  });

  test('come from git for GitHub without a token', async () => {
    const asked: string[] = [];
    const listRemote: ListRemote = async (url) => {
      asked.push(url);
      return listed;
    };
    const config = {
      server: 'https://github.com',
      forge: 'github',
      apiUrl: 'https://api.github.com',
    } as const;

    expect(await look(['web'], { config, listRemote })).toMatchObject({ outcome: 'observed' });
    expect(asked).toEqual(['https://github.com/team/web']);
  });

  test('are asked for sixteen at a time', async () => {
    let [now, most] = [0, 0];
    const listRemote: ListRemote = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return listed;
    };
    const names = Array.from({ length: 50 }, (_, index) => `repo-${index}`);

    const seen = await look(names, { listRemote });

    expect(seen).toMatchObject({ requests: 50 });
    expect(most).toBe(16);
  });
});

describe('trouble', () => {
  test('of one repository does not hide the others, and it is asked again when its time has come', async () => {
    await makeRepo('web.git', 'main');
    const memory = createMemory();
    const first = await look(['web', 'gone'], { memory });
    expect(first).toMatchObject({
      full: true,
      repos: [{ repo: { name: 'web' } }],
      troubles: [{ name: 'gone', kind: 'missing' }],
    });

    const second = await look(['web', 'gone'], { memory, now: 30_000 });
    expect(second).toMatchObject({ requests: 1, full: true, troubles: [] });
    expect(second.outcome === 'observed' && second.seen.map(({ name }) => name)).toEqual(['web', 'gone']);
    await makeRepo('gone.git', 'main');
    expect(await look(['web', 'gone'], { memory, now: 61_000 })).toMatchObject({ requests: 2, troubles: [] });
  });

  test('an empty list of branches is never "no branches"', async () => {
    await makeRepo('web.git', 'main');
    await git('init', '--quiet', '--bare', join(root, 'team', 'empty.git'));

    const seen = await look(['web', 'empty']);

    expect(seen).toMatchObject({
      repos: [{ repo: { name: 'web' } }],
      troubles: [{ name: 'empty', kind: 'empty' }],
    });
  });

  test.each(['missing', 'forbidden', 'unreadable'] as const)(
    'of all repositories alike (%s) is one outage',
    async (trouble) => {
      const listRemote: ListRemote = async (url) => ({
        kind: 'trouble',
        trouble,
        message: `cannot list ${url}`,
      });

      expect(await look(['a', 'b', 'c'], { listRemote })).toMatchObject({
        outcome: 'failed',
        message: `cannot list file://${root}/team/a (and 2 more like it)`,
      });
    },
  );

  test('a deadline keeps what was listed until then', async () => {
    const listRemote: ListRemote = (url, { signal }) =>
      url.endsWith('/slow')
        ? new Promise((resolve) => {
            signal.addEventListener('abort', () =>
              resolve({ kind: 'trouble', trouble: 'unreadable', message: 'late' }),
            );
          })
        : Promise.resolve(listed);

    const seen = await look(['web', 'slow'], { listRemote, deadlineMs: 50 });

    expect(seen).toMatchObject({
      outcome: 'observed',
      full: false,
      repos: [{ repo: { name: 'web' } }],
      troubles: [],
    });
    expect(await look(['slow'], { listRemote, deadlineMs: 50 })).toMatchObject({ outcome: 'failed' });
  });

  test.each([1, 5, 60])(
    'a server too slow for all of them hides none for long, at a look every %i minutes',
    async (minutes) => {
      const names = Array.from({ length: 60 }, (_, index) => `repo-${index}`);
      const read = new Set<string>();
      for (let looks = 0; looks < 20; looks += 1) {
        let answers = 16;
        const listRemote: ListRemote = async (_, { signal }) => {
          answers -= 1;
          if (answers < 0) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return listed;
        };
        const now = start + looks * minutes * 60_000;
        const seen = await look(names, { listRemote, deadlineMs: 10, now });
        expect(seen).toMatchObject({
          full: false,
          cut: '44 of 60 repositories could not be listed within 0.01 s',
        });
        if (seen.outcome === 'observed') for (const { repo } of seen.repos) read.add(repo.name);
      }
      expect([...read].sort()).toEqual(names.sort());
    },
  );
});

describe('the head for a build by hand', () => {
  const signal = new AbortController().signal;

  test('is that of the default branch, or of the branch that is named', async () => {
    const sha = await makeRepo('web.git', 'trunk', 'topic');

    const resolve = (branch: string | null) => open().resolve({ owner: 'team', name: 'web', branch, signal });

    expect(await resolve(null)).toMatchObject({ branch: 'trunk', sha, repo: { name: 'web' } });
    expect(await resolve('topic')).toMatchObject({ branch: 'topic', sha });
    await expect(resolve('none')).rejects.toThrow(/has no branch none; it has topic, trunk/);
    await expect(open().resolve({ owner: 'team', name: 'gone', branch: null, signal })).rejects.toMatchObject(
      {
        name: 'UserError',
        exitCode: 2,
      },
    );
  });
});
