import { type BuildManner, runBuild } from './build.ts';
import type { Context } from './context.ts';
import type { Build } from './domain/build.ts';
import { type Lock, tryLock } from './store/lock.ts';
import { claim, hasClaimable } from './store/queue.ts';
import { workspacePath } from './workspace.ts';

/** The workers of this process. Slots are shared by all processes of the datadir: a locked file each. */
export interface Crew {
  /** Starts a worker for each free slot while builds wait; returns at once. */
  hire(): void;
  /** Whether the trouble of a worker has left a build without its end: `done` throws it. */
  hasFailed(): boolean;
  /** Resolves when every worker found the queue empty: to the builds that they ran, as they ended. */
  done(): Promise<readonly Build[]>;
}

/** How builds run that nobody waits for. */
const byItself: BuildManner = { stoppedAs: 'interrupted', watched: false };

/** `mannerOf`: how a build runs that somebody waits for; null: nobody does. */
export function assembleCrew(
  context: Context,
  mannerOf: (build: Build) => BuildManner | null = () => null,
): Crew {
  const workers: Promise<void>[] = [];
  const ended: Build[] = [];
  const failures: unknown[] = [];
  // Hours may have passed: what waits by then is left to a tick that knows the scripts of now.
  const next = () => (context.isOutdated() ? null : claimNext(context));

  async function work(slot: Lock, first: Build): Promise<void> {
    try {
      for (let build: Build | null = first; build; build = next()) {
        ended.push(await runBuild(context, build, mannerOf(build) ?? byItself));
      }
    } finally {
      slot.release();
    }
  }

  function hire(): void {
    while (hasClaimable(context.db, context.clock())) {
      const slot = freeSlot(context);
      if (!slot) return;
      const build = next();
      if (!build) {
        slot.release();
        return;
      }
      workers.push(work(slot, build).catch((error) => void failures.push(error)));
    }
  }

  /** The trouble of one worker (a full disk under the database) does not cut off the others. */
  async function done(): Promise<readonly Build[]> {
    await Promise.all(workers);
    if (failures.length > 0) throw failures[0];
    return ended;
  }

  return { hire, hasFailed: () => failures.length > 0, done };
}

/** The next build for this process, or the one given; null: none may start now. */
export function claimNext(context: Context, only?: number): Build | null {
  if (context.signal.aborted) return null;
  return claim(context.db, {
    owner: context.owner(),
    now: context.clock(),
    workspace: (buildId) =>
      workspacePath({ temproot: context.config.temproot, datadirId: context.datadirId, buildId }),
    ...(only === undefined ? {} : { only }),
  });
}

export function freeSlot({ config }: Context): Lock | null {
  for (let slot = 1; slot <= config.workers; slot += 1) {
    const lock = tryLock(config.datadir, `slot-${slot}`);
    if (lock) return lock;
  }
  return null;
}
