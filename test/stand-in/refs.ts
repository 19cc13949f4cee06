import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lagObjects } from './commits.ts';
import { git } from './git.ts';
import type { Repo, World } from './world.ts';

/** Full ref to its new SHA, or null where it is deleted. */
export type RefChanges = ReadonlyMap<string, string | null>;

/** Moves refs in the API's view and, unless git lags, on disk; `pushed_at` moves as by one push. */
export async function moveRefs(world: World, repo: Repo, changes: RefChanges): Promise<void> {
  if (!repo.lagging) await storeRefs(repo, changes);
  for (const [ref, sha] of changes) {
    if (sha === null) repo.refs.delete(ref);
    else repo.refs.set(ref, sha);
  }
  pushed(world, repo);
}

function pushed(world: World, repo: Repo): void {
  const at = world.tick();
  if (!repo.frozen) repo.pushedAt = at;
}

async function storeRefs(repo: Repo, changes: RefChanges): Promise<void> {
  const leftForGit = [...changes].filter(([ref, sha]) => sha === null || !writeLooseRef(repo, ref, sha));
  if (leftForGit.length === 0) return;
  const input = leftForGit.map(([ref, sha]) =>
    sha === null ? `delete ${ref}\0\0` : `update ${ref}\0${sha}\0\0`,
  );
  await git(repo.path, ['update-ref', '--no-deref', '-z', '--stdin'], { input: input.join('') });
}

/** A process for each ref would be slow at a thousand branches. False where the folder is in the way: git knows how. */
function writeLooseRef(repo: Repo, ref: string, sha: string): boolean {
  if (ref.split('/').some((part) => part === '..' || part === '')) throw new Error(`not a ref: ${ref}`);
  const file = join(repo.path, ref);
  const draft = join(repo.path, 'draft-of-a-ref');
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, `${sha}\n`);
    renameSync(draft, file);
    return true;
  } catch {
    return false;
  }
}

async function readRefs(repo: Repo): Promise<Map<string, string>> {
  const lines = await git(repo.path, ['for-each-ref', '--format=%(objectname) %(refname)']);
  return new Map(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(41), line.slice(0, 40)]),
  );
}

/** Takes over what a client pushed into the bare repository. The first branch of an empty one becomes its default. */
export async function refreshRefs(world: World, repo: Repo): Promise<void> {
  const found = await readRefs(repo);
  if (sameRefs(found, repo.refs)) return;
  const wasEmpty = repo.refs.size === 0;
  repo.refs.clear();
  for (const [ref, sha] of found) repo.refs.set(ref, sha);
  pushed(world, repo);
  const [first] = found.keys();
  if (wasEmpty && first?.startsWith('refs/heads/') && !found.has(`refs/heads/${repo.defaultBranch}`))
    setDefaultBranch(world, repo, first.slice('refs/heads/'.length));
}

const sameRefs = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([ref, sha]) => b.get(ref) === sha);

export function setDefaultBranch(world: World, repo: Repo, branch: string): void {
  repo.defaultBranch = branch;
  writeFileSync(join(repo.path, 'HEAD'), `ref: refs/heads/${branch}\n`);
  world.version += 1;
}

/** From now on git serves what the API tells again. */
export async function catchUp(repo: Repo): Promise<void> {
  // Nothing was pushed meanwhile, or branches were only moved.
  if (existsSync(lagObjects(repo))) {
    cpSync(lagObjects(repo), join(repo.path, 'objects'), { recursive: true, force: false });
    rmSync(dirname(lagObjects(repo)), { recursive: true });
  }
  repo.lagging = false;
  const onDisk = await readRefs(repo);
  const gone = [...onDisk.keys()].filter((ref) => !repo.refs.has(ref));
  await storeRefs(
    repo,
    new Map<string, string | null>([...repo.refs, ...gone.map((ref) => [ref, null] as const)]),
  );
}
