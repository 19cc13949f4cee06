import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { crashPoint } from '../crash-point.ts';
import { withDeadline } from '../deadline.ts';
import { fetchAll } from './fetch.ts';
import { clearGitLocks, endOrphans, lockName } from './leftovers.ts';
import { changingMirror, type Errand, type Mirrors, mirrorName, mirrorPath } from './mirror.ts';
import { asTrouble, GitTroubleError } from './trouble.ts';

export interface MaintainErrand extends Errand {
  /** Repositories whose mirrors stay. */
  readonly keep: readonly { readonly owner: string; readonly name: string }[];
  /** Whether somebody takes objects from the mirror at this path. Asked under its lock: who begins later clones anew. */
  readonly isBorrowed: (path: string) => boolean;
  /** How long all that asks a server may take together, in ms. */
  readonly refreshTimeoutMs: number;
}

/**
 * Removes the mirrors of other repositories, packs the rest and removes branches and tags from them that are
 * gone at their origin. A damaged one is removed: the next build clones it anew. Those in use are skipped,
 * and those are not removed that somebody borrows from.
 * Trouble is logged, never thrown.
 */
export async function maintainMirrors(mirrors: Mirrors, errand: MaintainErrand): Promise<void> {
  if (!existsSync(mirrors.folder)) return;
  const keep = new Set(errand.keep.map(mirrorName));
  const refresh = refresher(mirrors, errand);
  for (const entry of readdirSync(mirrors.folder)) {
    const name = /^(.+)\.git$/.exec(entry)?.[1];
    if (name === undefined || errand.signal.aborted) continue;
    const lock = mirrors.tryLock(lockName(name));
    if (!lock) continue;
    try {
      await maintain(mirrors, mirrorPath(mirrors, name), { ...errand, isKept: keep.has(name), refresh });
    } finally {
      lock.release();
    }
  }
}

interface Maintenance extends MaintainErrand {
  readonly isKept: boolean;
  readonly refresh: (path: string) => Promise<void>;
}

async function maintain(mirrors: Mirrors, path: string, errand: Maintenance): Promise<void> {
  const tidy = async () => {
    clearGitLocks(path);
    await pack(mirrors, path, errand);
    await errand.refresh(path);
  };
  const letGo = async () => {
    if (!errand.isBorrowed(path)) await remove(path);
  };
  const isDamaged = await failsByDamage(errand, path, errand.isKept ? tidy : letGo);
  if (isDamaged) await failsByDamage(errand, path, letGo);
}

/** Fetches all, until a server cannot be reached or the time is over: then the rest waits for the next maintenance. */
function refresher(mirrors: Mirrors, errand: MaintainErrand): Maintenance['refresh'] {
  let leftMs = errand.refreshTimeoutMs;
  return async (path) => {
    if (leftMs <= 0) return;
    const startedAt = performance.now();
    const target = { path, url: 'origin', subject: `cannot refresh ${path}` };
    try {
      await withDeadline({ timeoutMs: leftMs, signal: errand.signal }, (signal) =>
        fetchAll(mirrors, target, { ...errand, signal }),
      );
    } catch (error) {
      if (error instanceof GitTroubleError && error.kind === 'unreachable') leftMs = 0;
      throw error;
    } finally {
      leftMs -= performance.now() - startedAt;
    }
  };
}

/** Logs trouble. True: the mirror is damaged, by git's word; what the system refuses tells nothing of it. */
async function failsByDamage({ log }: Errand, path: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    const trouble = asTrouble(error, `cannot maintain ${path}`);
    log(trouble.message);
    return trouble.kind === 'unknown' && error instanceof GitTroubleError;
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
