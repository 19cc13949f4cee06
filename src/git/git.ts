import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { ListRemote } from '../domain/listing.ts';
import { type CheckoutErrand, checkOut, checkOutBeside } from './checkout.ts';
import { type GitAccess, openGitCommands } from './command.ts';
import type { Commit } from './commit.ts';
import { sweepLeftovers } from './leftovers.ts';
import { listRemote } from './ls-remote.ts';
import { type MaintainErrand, maintainMirrors } from './maintain.ts';
import { type Mirrors, titleOf } from './mirror.ts';
import type { CheckoutSource } from './source.ts';
import { checkOutSubmodules } from './submodules.ts';
import { asTrouble, type GitTrouble } from './trouble.ts';

/** The one door to git. */
export interface Git {
  /** All branches of a repository and its default branch; trouble is data. */
  readonly listRemote: ListRemote;
  /** Makes `directory` an ordinary clone at exactly the source's commit, its submodules in; trouble is data. */
  checkout(source: CheckoutSource, errand: CheckoutErrand): Promise<Checkout>;
  /** The same of what is only needed beside: nobody asks who made its commit. null: it is there. */
  checkoutBeside(source: CheckoutSource, errand: CheckoutErrand): Promise<GitTrouble | null>;
  /** Removes what a killed ampci left of mirrors. To be called by each tick: one look into a folder. */
  sweep(): void;
  /** Daily: removes mirrors of other repositories than `keep`, packs the others. Skips those in use. */
  maintain(errand: MaintainErrand): Promise<void>;
}

export type Checkout =
  | { readonly kind: 'checked_out'; readonly commit: Commit }
  | { readonly kind: 'trouble'; readonly trouble: GitTrouble };

export interface GitOptions {
  /** Absolute path; mirrors are in its folder `mirrors`. */
  readonly datadir: string;
  /** Environment of ampci, which git's processes inherit, less what would lead git astray. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the token may be sent: `https://github.com`. */
  readonly server: string;
  /** The token as of now; secret. null: none. */
  readonly token: GitAccess['token'];
  readonly lock: Mirrors['lock'];
  readonly tryLock: Mirrors['tryLock'];
  readonly clock: Clock;
  /** For tests. */
  readonly wait?: Mirrors['wait'];
}

export function openGit(options: GitOptions): Git {
  const { datadir, lock, tryLock, clock, wait = waitFor } = options;
  const run = openGitCommands(options);
  const mirrors: Mirrors = {
    folder: join(datadir, 'mirrors'),
    run,
    lock,
    tryLock,
    clock,
    wait,
    refreshed: new Map(),
  };
  return {
    listRemote: (url, patience) => listRemote(run, url, patience),
    checkout: (source, errand) => checkout(mirrors, source, errand),
    checkoutBeside: (source, errand) => checkoutBeside(mirrors, source, errand),
    sweep: () => sweepLeftovers(mirrors),
    maintain: (errand) => maintainMirrors(mirrors, errand),
  };
}

async function checkout(mirrors: Mirrors, source: CheckoutSource, errand: CheckoutErrand): Promise<Checkout> {
  try {
    const commit = await checkOut(mirrors, source, errand);
    if (source.submodules) await checkOutSubmodules(mirrors, source, errand);
    return { kind: 'checked_out', commit };
  } catch (error) {
    return { kind: 'trouble', trouble: asTrouble(error, `cannot check out ${titleOf(source)}`) };
  }
}

async function checkoutBeside(
  mirrors: Mirrors,
  source: CheckoutSource,
  errand: CheckoutErrand,
): Promise<GitTrouble | null> {
  try {
    await checkOutBeside(mirrors, source, errand);
    if (source.submodules) await checkOutSubmodules(mirrors, source, errand);
    return null;
  } catch (error) {
    return asTrouble(error, `cannot check out ${titleOf(source)}`);
  }
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal });
}
