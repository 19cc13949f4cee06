import { rm } from 'node:fs/promises';
import { crashPoint } from '../crash-point.ts';
import { cloneFromMirror } from './clone.ts';
import { type Commit, readCommit } from './commit.ts';
import { commitInMirror, repairMirror } from './commit-in-mirror.ts';
import { type Errand, type Mirrors, mirrorIdentity, pathOf } from './mirror.ts';
import type { CheckoutSource } from './source.ts';
import { GitTroubleError } from './trouble.ts';

export interface CheckoutErrand extends Errand {
  /** Absolute path that does not exist yet. */
  readonly directory: string;
}

/** Makes something of a mirror that has the commit. */
type Make<T> = (mirrors: Mirrors, source: CheckoutSource, errand: CheckoutErrand) => Promise<T>;

/**
 * Makes `directory` an ordinary clone of the source, at exactly its commit: never another. A mirror whose damage
 * only shows here is cloned anew, once. Throws a GitTroubleError.
 */
export const checkOut: Make<Commit> = ofWholeMirror(cloneAndDescribe);

/** The same without a look at the commit, which takes another process. */
export const checkOutBeside: Make<void> = ofWholeMirror(cloneFromMirror);

function ofWholeMirror<T>(make: Make<T>): Make<T> {
  return async (mirrors, source, errand) => {
    await commitInMirror(mirrors, source, errand);
    const seen = mirrorIdentity(pathOf(mirrors, source));
    try {
      return await make(mirrors, source, errand);
    } catch (error) {
      if (!(error instanceof GitTroubleError) || error.kind !== 'unknown') throw error;
      errand.log(`${error.message}; cloning its mirror anew`);
      await rm(errand.directory, { recursive: true, force: true });
      crashPoint('git.checkout.undone');
      await repairMirror(mirrors, source, { ...errand, seen });
      await commitInMirror(mirrors, source, errand);
      return await make(mirrors, source, errand);
    }
  };
}

async function cloneAndDescribe(
  mirrors: Mirrors,
  source: CheckoutSource,
  errand: CheckoutErrand,
): Promise<Commit> {
  const path = pathOf(mirrors, source);
  // Both to their ends: what still writes must not be cleared away beneath.
  const [cloned, commit] = await Promise.allSettled([
    cloneFromMirror(mirrors, source, errand),
    readCommit(mirrors, { ...errand, path, sha: source.sha }),
  ]);
  if (cloned.status === 'rejected') throw cloned.reason;
  if (commit.status === 'rejected') throw commit.reason;
  return commit.value;
}
