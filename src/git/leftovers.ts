import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crashPoint } from '../crash-point.ts';
import { type Mirrors, mirrorPath, mirrorVariable } from './mirror.ts';
import { signalAll } from './processes.ts';

const leftover = /^(.+)\.git\.(partial|broken)-/;

/** Removes mirrors that a killed ampci left half-written or set aside. One look into the folder when there are none. */
export function sweepLeftovers(mirrors: Mirrors): void {
  if (!existsSync(mirrors.folder)) return;
  for (const entry of readdirSync(mirrors.folder)) {
    const name = leftover.exec(entry)?.[1];
    if (name === undefined) continue;
    // Somebody who clones that repository now removes it himself.
    const lock = mirrors.tryLock(lockName(name));
    if (!lock) continue;
    try {
      endOrphans(mirrorPath(mirrors, name));
      removeIfPossible(join(mirrors.folder, entry));
    } finally {
      lock.release();
    }
  }
}

/** A disk that lets nothing be removed is for the next fetch to complain of: it names the repository. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
    crashPoint('git.leftover.removed');
  } catch {
    // The next tick tries again.
  }
}

export function lockName(mirror: string): string {
  return `mirror-${mirror}`;
}

/** Git of an ampci that died: nobody else works on a mirror whose lock this process holds. */
export function endOrphans(path: string): void {
  signalAll(`${mirrorVariable}=${path}`, 'SIGKILL');
}

/** Removes git's lock files from a mirror whose lock this process holds. */
export function clearGitLocks(path: string): void {
  endOrphans(path);
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    // No reference's name ends so (git-check-ref-format(1)).
    if (!entry.endsWith('.lock')) continue;
    rmSync(join(path, entry), { force: true });
    crashPoint('git.mirror.lock_file_removed');
  }
}
