import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { crashPoint } from '../crash-point.ts';
import { fileName } from '../domain/file-name.ts';
import type { GitCommand, RunGit } from './command.ts';
import { noteOwner } from './mirror-owner.ts';
import type { CheckoutSource } from './source.ts';

/** A lock that the kernel keeps. */
export interface MirrorLock {
  release(): void;
}

/** What work on mirrors needs from the world. */
export interface Mirrors {
  /** Absolute path of the folder that holds them. */
  readonly folder: string;
  readonly run: RunGit;
  /** null: not free within `timeoutMs`. */
  readonly lock: (
    name: string,
    patience: { signal: AbortSignal; timeoutMs: number },
  ) => Promise<MirrorLock | null>;
  readonly tryLock: (name: string) => MirrorLock | null;
  readonly clock: Clock;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Mirror to when this process last brought it up to date, in ms since 1970. */
  readonly refreshed: Map<string, number>;
}

/** On whose behalf git runs. */
export interface Errand {
  readonly signal: AbortSignal;
  /** Value of AMPCI_BUILD_MARK, by which what a dead ampci left running is found; null: no build. */
  readonly mark: string | null;
  /** Hears what is unusual: a repair, a wait. */
  readonly log: (message: string) => void;
}

/** The mirror's file name without `.git`; no two repositories share one. */
export function mirrorName({ owner, name }: { readonly owner: string; readonly name: string }): string {
  return fileName(`${owner}/${name}`);
}

export function pathOf(mirrors: Mirrors, source: CheckoutSource): string {
  return mirrorPath(mirrors, mirrorName(source));
}

/** As messages name it. */
export function titleOf({ owner, name }: Pick<CheckoutSource, 'owner' | 'name'>): string {
  return `${owner}/${name}`;
}

export function mirrorPath(mirrors: Mirrors, name: string): string {
  return join(mirrors.folder, `${name}.git`);
}

/** Which mirror it is: a repaired one has another. null: there is none. */
export function mirrorIdentity(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.dev}:${stat.ino}:${stat.birthtimeNs}` : null;
}

type Surroundings = Pick<GitCommand, 'cwd' | 'signal' | 'mirror' | 'variables'>;

/** A command that reads a mirror. */
export function readingMirror(path: string, errand: Errand): Surroundings {
  return { cwd: path, mirror: path, signal: errand.signal, variables: { ...marked(errand), GIT_DIR: path } };
}

/** A command that changes a mirror: whoever holds the mirror's lock may kill what has its path in the environment. */
export function changingMirror(path: string, errand: Errand): Surroundings {
  const reading = readingMirror(path, errand);
  return { ...reading, variables: { ...reading.variables, [mirrorVariable]: path } };
}

export const mirrorVariable = 'AMPCI_MIRROR';

export function marked({ mark }: Errand): Record<string, string> {
  return mark === null ? {} : { AMPCI_BUILD_MARK: mark };
}

/**
 * Clones a mirror, or clones it anew: it takes its place when it is complete, the old one goes then.
 * The mirror's lock must be held.
 */
export async function cloneMirror(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  const path = pathOf(mirrors, source);
  const partial = `${path}.partial-${randomUUID()}`;
  // What is private at the forge is private here.
  mkdirSync(mirrors.folder, { recursive: true, mode: 0o700 });
  crashPoint('git.mirror.folder');
  try {
    await mirrors.run({
      args: ['clone', '--bare', '--template=', '--', source.url, partial],
      cwd: mirrors.folder,
      subject: `cannot clone ${titleOf(source)} from ${source.url}`,
      signal: errand.signal,
      variables: { ...marked(errand), [mirrorVariable]: path },
    });
    noteOwner(partial, source);
    crashPoint('git.mirror.cloned');
    await takePlace(partial, path);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function takePlace(partial: string, path: string): Promise<void> {
  const old = `${path}.broken-${randomUUID()}`;
  const isRepair = existsSync(path);
  if (isRepair) await rename(path, old);
  crashPoint('git.mirror.set_aside');
  await rename(partial, path);
  crashPoint('git.mirror.in_place');
  if (isRepair) await rm(old, { recursive: true, force: true });
}
