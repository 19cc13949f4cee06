import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { crashPoint } from '../crash-point.ts';
import { fetchAll } from './fetch.ts';
import { clearGitLocks, endOrphans, lockName } from './leftovers.ts';
import { changingMirror, type Errand, type Mirrors, mirrorName, mirrorPath } from './mirror.ts';
import { GitTroubleError } from './trouble.ts';

export interface MaintainErrand extends Errand {
  /** Repositories whose mirrors stay. */
  readonly keep: readonly { readonly owner: string; readonly name: string }[];
}

/**
 * Removes the mirrors of other repositories, packs the rest and removes branches and tags from them that are
 * gone at their origin. A damaged one is removed: the next build clones it anew. Those in use are skipped.
 * Trouble is logged, never thrown.
 */
export async function maintainMirrors(mirrors: Mirrors, errand: MaintainErrand): Promise<void> {
  if (!existsSync(mirrors.folder)) return;
  const keep = new Set(errand.keep.map(mirrorName));
  for (const entry of readdirSync(mirrors.folder)) {
    const name = /^(.+)\.git$/.exec(entry)?.[1];
    if (name === undefined || errand.signal.aborted) continue;
    const lock = mirrors.tryLock(lockName(name));
    if (!lock) continue;
    try {
      await maintain(mirrors, mirrorPath(mirrors, name), { ...errand, isKept: keep.has(name) });
    } finally {
      lock.release();
    }
  }
}

async function maintain(mirrors: Mirrors, path: string, errand: Errand & { readonly isKept: boolean }) {
  if (!errand.isKept) return remove(path);
  clearGitLocks(path);
  try {
    await pack(mirrors, path, errand);
    await fetchAll(mirrors, { path, url: 'origin', subject: `cannot refresh ${path}` }, errand);
  } catch (error) {
    if (!(error instanceof GitTroubleError)) throw error;
    errand.log(error.message);
    if (error.kind === 'unknown') await remove(path);
  }
}

/** Under a name by which a sweep knows it, should this process die half-way. */
async function remove(path: string): Promise<void> {
  endOrphans(path);
  const aside = `${path}.broken-${randomUUID()}`;
  await rename(path, aside);
  crashPoint('git.mirror.unwanted');
  await rm(aside, { recursive: true, force: true });
}

/**
 * Packs what fetches brought in singly. What no branch reaches any more stays for two weeks: running builds and
 * kept workspaces borrow it.
 */
async function pack(mirrors: Mirrors, path: string, errand: Errand): Promise<void> {
  const settings = { 'gc.auto': '500', 'gc.autoDetach': 'false', 'gc.pruneExpire': '2.weeks.ago' };
  const command = { ...changingMirror(path, errand), settings, subject: `cannot pack ${path}` };
  await mirrors.run({ ...command, args: ['pack-refs', '--all'] });
  crashPoint('git.mirror.refs_packed');
  await mirrors.run({ ...command, args: ['gc', '--auto', '--no-quiet'] });
  crashPoint('git.mirror.packed');
}
