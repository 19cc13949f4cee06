import { existsSync } from 'node:fs';
import type { Context } from '../context.ts';
import { freeBytes } from '../disk.ts';
import type { Build } from '../domain/build.ts';
import { formatSize } from '../domain/size.ts';
import { scriptsOf } from './scripts.ts';

export interface Refusal {
  readonly state: 'error' | 'skipped';
  readonly message: string;
  /** amp.yaml has no scripts for the branch. */
  readonly isLeftOut?: boolean;
}

/** Why a build need not, or had better not, begin; null: it may. */
export async function cannotBegin({ config }: Context, build: Build): Promise<Refusal | null> {
  if (!scriptsOf(config, build)) {
    const message = `no key of scripts in ${config.file} fits branch ${build.branch}`;
    return { state: 'skipped', message, isLeftOut: true };
  }
  if (!existsSync(config.temproot)) {
    const message = `${config.temproot} is not there: make or mount it, or correct "temproot"`;
    return { state: 'error', message };
  }
  for (const folder of [config.temproot, config.datadir]) {
    const free = await freeBytes(folder);
    if (free < config.minFreeDiskBytes) {
      const wanted = formatSize(config.minFreeDiskBytes);
      return {
        state: 'error',
        message: `${folder} has ${formatSize(free)} free, min_free_disk is ${wanted}: make room`,
      };
    }
  }
  return null;
}

/** Less than this means that what went wrong went wrong for want of room. */
const fullBytes = 1_000_000;

/** A script that fails on a full disk is not the committer's fault. Null: there is room. */
export async function fullDisk({ config }: Context): Promise<string | null> {
  for (const folder of [config.temproot, config.datadir]) {
    if ((await freeBytes(folder)) < fullBytes) return `the disk of ${folder} is full: make room`;
  }
  return null;
}

/** As GitHub Actions has it: https://docs.github.com/actions/managing-workflow-runs/skipping-workflow-runs */
const skipping = /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i;

/** What was asked for by hand, or what the bootstrap made stale, is built all the same. */
export function isSkippedByItsMessage(build: Build, message: string): boolean {
  return (build.cause ?? build.reason) === 'push' && skipping.test(message);
}
