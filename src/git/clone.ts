import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { crashPoint } from '../crash-point.ts';
import { cloneConfig } from './git-config.ts';
import { type Errand, type Mirrors, marked, pathOf, titleOf } from './mirror.ts';
import { headBranch, packedRefsOfClone, type Refs, readRefs } from './refs.ts';
import type { CheckoutSource } from './source.ts';

/**
 * Makes `directory`, which must not exist, a clone of the mirror that borrows its objects, with the branch
 * checked out at the commit. The `.git` folder is written as gitrepository-layout(5) has it: `git clone
 * --shared` starts four processes for the same, `git reset` alone is one. Throws a GitTroubleError.
 */
export async function cloneFromMirror(
  mirrors: Mirrors,
  source: CheckoutSource,
  { directory, ...errand }: Errand & { readonly directory: string },
): Promise<void> {
  const mirror = pathOf(mirrors, source);
  writeGitFolder(mirror, source, join(directory, '.git'));
  crashPoint('git.clone.git_folder');
  await mirrors.run({
    args: ['reset', '--hard', source.sha],
    cwd: directory,
    mirror,
    subject: `cannot check out ${source.sha} of ${titleOf(source)}`,
    signal: errand.signal,
    settings: { 'checkout.workers': String(availableParallelism()) },
    variables: { ...marked(errand), GIT_DIR: join(directory, '.git'), GIT_WORK_TREE: directory },
  });
  crashPoint('git.clone.files');
}

function writeGitFolder(mirror: string, source: CheckoutSource, gitDir: string): void {
  // `hooks` and `info`, because scripts put files there without asking.
  for (const folder of ['objects/info', 'refs', 'hooks', 'info']) {
    mkdirSync(join(gitDir, folder), { recursive: true });
  }
  const refs = readRefs(mirror);
  writeFileSync(join(gitDir, 'HEAD'), `ref: refs/heads/${source.branch}\n`);
  writeFileSync(join(gitDir, 'config'), cloneConfig(source));
  writeFileSync(join(gitDir, 'packed-refs'), packedRefsOfClone(refs, source.branch, source.sha), 'latin1');
  writeFileSync(join(gitDir, 'objects/info/alternates'), `${join(mirror, 'objects')}\n`);
  if (existsSync(join(mirror, 'shallow'))) copyFileSync(join(mirror, 'shallow'), join(gitDir, 'shallow'));
  writeOriginHead(mirror, refs, gitDir);
}

/** `origin/HEAD`, unless a branch that is called HEAD has its place. */
function writeOriginHead(mirror: string, refs: Refs, gitDir: string): void {
  const branch = headBranch(mirror);
  const isTaken = [...refs.keys()].some((name) => /^refs\/heads\/HEAD(\/|$)/.test(name));
  if (branch === null || isTaken || !refs.has(`refs/heads/${branch}`)) return;
  mkdirSync(join(gitDir, 'refs/remotes/origin'), { recursive: true });
  writeFileSync(join(gitDir, 'refs/remotes/origin/HEAD'), `ref: refs/remotes/origin/${branch}\n`, 'latin1');
}
