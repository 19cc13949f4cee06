import { join } from 'node:path';
import { git } from './git.ts';
import type { Files, Person } from './objects.ts';
import type { Repo, World } from './world.ts';

export interface CommitInfo {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface Signature extends Person {
  /** ISO 8601, UTC. */
  readonly date: string;
}

/** Objects that the API tells of and git does not serve yet. */
export const lagObjects = (repo: Repo): string => join(repo.path, 'lag', 'objects');

const ownRead = (repo: Repo) =>
  repo.lagging ? { env: { GIT_ALTERNATE_OBJECT_DIRECTORIES: lagObjects(repo) } } : {};

/** A commit by its full SHA; undefined where the repository has none of that name. */
export async function readCommit(world: World, repo: Repo, sha: string): Promise<CommitInfo | undefined> {
  const known = world.commits.get(`${repo.id} ${sha}`);
  if (known) return known;
  const raw = await git(repo.path, ['cat-file', 'commit', sha], ownRead(repo)).catch(() => undefined);
  if (raw === undefined) return undefined;
  const commit = parseCommit(sha, raw);
  world.commits.set(`${repo.id} ${sha}`, commit);
  return commit;
}

function parseCommit(sha: string, raw: string): CommitInfo {
  const end = raw.indexOf('\n\n');
  const lines = raw.slice(0, end).split('\n');
  const values = (key: string) =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  return {
    sha,
    tree: values('tree')[0] ?? '',
    parents: values('parent'),
    author: parseSignature(values('author')[0] ?? ''),
    committer: parseSignature(values('committer')[0] ?? ''),
    message: raw.slice(end + 2).replace(/\n$/, ''),
  };
}

function parseSignature(line: string): Signature {
  const [, name = '', email = '', seconds = '0'] = /^(.*) <(.*)> (\d+) [+-]\d+$/.exec(line) ?? [];
  return { name, email, date: isoTime(Number(seconds) * 1000) };
}

/** As GitHub writes times: no fraction of a second. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** The files of a commit. Trees are kept by name: most repositories of a test share theirs. */
export async function readFiles(world: World, repo: Repo, sha: string): Promise<Files> {
  const commit = await readCommit(world, repo, sha);
  if (!commit) throw new Error(`no commit ${sha} in ${repo.path}`);
  const known = world.files.get(commit.tree);
  if (known) return known;
  const listing = await git(repo.path, ['ls-tree', '-r', '-z', '--full-tree', sha], ownRead(repo));
  const files = new Map(
    listing
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const tab = line.indexOf('\t');
        const [mode = '', , sha = ''] = line.slice(0, tab).split(' ');
        return [line.slice(tab + 1), { mode, sha }] as const;
      }),
  );
  keepFiles(world, commit.tree, files);
  return files;
}

export function keepFiles(world: World, tree: string, files: Files): void {
  const [oldest] = world.files.keys();
  if (world.files.size > 2000 && oldest !== undefined) world.files.delete(oldest);
  world.files.set(tree, files);
}
