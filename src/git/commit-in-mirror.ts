import { existsSync } from 'node:fs';
import { fetchAll, fetchCommit, targetOf } from './fetch.ts';
import { endOrphans, lockName } from './leftovers.ts';
import {
  cloneMirror,
  type Errand,
  type Mirrors,
  mirrorIdentity,
  mirrorName,
  pathOf,
  titleOf,
} from './mirror.ts';
import { isMirrorOf, noteOwner } from './mirror-owner.ts';
import { bytesOf, readRefs } from './refs.ts';
import { withRemedies } from './remedies.ts';
import type { CheckoutSource } from './source.ts';
import { GitTroubleError } from './trouble.ts';

/** Cloning a large repository may take as long; whoever waits has the build's own time-out as well. */
const lockTimeoutMs = 3_600_000;

/** Git may lag behind the API that told of the commit: about 20 s in all. */
const lagWaitsMs = [500, 1_000, 2_000, 4_000, 6_000, 7_000];

/** For so long a mirror counts as up to date in tags and other branches, if it has the commit. */
const freshMs = 60_000;

/**
 * Sees to it that the mirror has the commit, its history and all tags; clones, fetches or repairs it.
 * A commit that the server does not have yet is waited for. Throws a GitTroubleError.
 */
export async function commitInMirror(
  mirrors: Mirrors,
  source: CheckoutSource,
  errand: Errand,
): Promise<void> {
  for (const waitMs of [...lagWaitsMs, null]) {
    try {
      return await underLock(mirrors, source, errand, () => bringUpToDate(mirrors, source, errand));
    } catch (error) {
      const isLate = error instanceof GitTroubleError && error.kind === 'commit_missing';
      if (!isLate || waitMs === null) throw error;
      errand.log(
        `${titleOf(source)} does not have commit ${source.sha} yet: looking again in ${waitMs / 1000} s`,
      );
      await mirrors.wait(waitMs, errand.signal);
    }
  }
}

/** Clones the mirror anew, unless somebody did that since it was `seen` (`mirrorIdentity`). */
export async function repairMirror(
  mirrors: Mirrors,
  source: CheckoutSource,
  errand: Errand & { readonly seen: string | null },
): Promise<void> {
  const path = pathOf(mirrors, source);
  await underLock(mirrors, source, errand, async () => {
    if (mirrorIdentity(path) !== errand.seen) return;
    endOrphans(path);
    await cloneMirror(mirrors, source, errand);
  });
}

async function underLock(
  mirrors: Mirrors,
  source: CheckoutSource,
  errand: Errand,
  work: () => Promise<void>,
) {
  const { signal } = errand;
  const lock = await mirrors.lock(lockName(mirrorName(source)), { signal, timeoutMs: lockTimeoutMs });
  if (!lock) {
    throw new GitTroubleError('locked', `the mirror of ${titleOf(source)} was in use for more than an hour`);
  }
  try {
    await work();
  } finally {
    lock.release();
  }
}

async function bringUpToDate(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  const path = pathOf(mirrors, source);
  if (!existsSync(path)) {
    await cloneMirror(mirrors, source, errand);
    mirrors.refreshed.set(path, mirrors.clock());
  }
  const isOurs = isMirrorOf(path, source);
  if (isOurs && isFresh(mirrors, path) && isHead(path, source)) return;
  await withRemedies({ ...errand, mirrors, source }, async () => {
    if (!isOurs) await takeOver(mirrors, source, errand);
    await fetchCommit(mirrors, source, errand);
  });
  mirrors.refreshed.set(path, mirrors.clock());
}

/** Removes what another repository left that had the name before. Its objects stay: running builds borrow them. */
async function takeOver(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  await fetchAll(mirrors, targetOf(mirrors, source), errand);
  noteOwner(pathOf(mirrors, source), source);
}

function isFresh({ refreshed, clock }: Mirrors, path: string): boolean {
  const at = refreshed.get(path);
  return at !== undefined && clock() - at < freshMs;
}

/** A reference is written when everything that it reaches is there: git fetch sees to that. */
function isHead(path: string, { branch, sha }: CheckoutSource): boolean {
  return readRefs(path).get(`refs/heads/${bytesOf(branch)}`) === sha;
}
