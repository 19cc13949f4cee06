import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './context.ts';
import { crashPoint } from './crash-point.ts';
import { repoLogName } from './domain/log-name.ts';
import { borrowsFrom } from './git/borrowing.ts';
import { buildLogFile } from './logs/build-log.ts';
import { readBuild, runningBuilds } from './store/build-rows.ts';
import { tryLock } from './store/lock.ts';
import { readMeta, writeMeta } from './store/meta.ts';
import {
  deleteBuilds,
  deleteForgotten,
  deleteOldRecords,
  deleteRepo,
  expiredBuilds,
  forgottenRepo,
  vacuumSome,
  watchedNames,
} from './store/prune.ts';
import { UserError } from './user-error.ts';
import { keptWorkspaces, removeWorkspace } from './workspace.ts';

const dayMs = 24 * 3_600_000;

/** Of all mirrors together: what a forge that hangs costs the tick that prunes. */
const refreshTimeoutMs = 60_000;

/** How much a pruning let go. */
export interface Pruned {
  readonly builds: number;
  /** Polls and decisions. */
  readonly records: number;
}

/** Whether a day has passed since the last pruning, or the clock was set back. */
export function isPruneDue({ db, clock }: Context): boolean {
  const sinceMs = clock() - Number(readMeta(db, 'pruned_at') ?? 0);
  return sinceMs >= dayMs || sinceMs < 0;
}

/**
 * Applies `retention`: old builds with their logs, polls and decisions go in small transactions, mirrors of
 * repositories that are no longer configured go, the others are packed. Whatever stops it, the next one goes on.
 * null: another process prunes.
 */
export async function prune(context: Context): Promise<Pruned | null> {
  const lock = tryLock(context.config.datadir, 'prune');
  if (!lock) return null;
  try {
    const builds = await pruneBuilds(context);
    const records = await pruneRecords(context);
    await pruneMirrors(context);
    await pruneKeptWorkspaces(context);
    if (!context.signal.aborted) writeMeta(context.db, 'pruned_at', String(context.clock()));
    crashPoint('prune.recorded');
    return { builds, records };
  } finally {
    lock.release();
  }
}

async function pruneBuilds(context: Context): Promise<number> {
  const { db, config, clock, signal } = context;
  const retention = { builds: config.retention.builds, before: clock() - config.retention.days * dayMs };
  for (let pruned = 0; ; await breathe()) {
    const ids = signal.aborted ? [] : expiredBuilds(db, retention);
    if (ids.length === 0) return pruned;
    // Logs first: from a row without a log the next pruning still goes on, a log without a row stays for ever.
    for (const id of ids) await rm(buildLogFile(config.datadir, id), { force: true });
    crashPoint('prune.logs_removed');
    deleteBuilds(db, ids);
    crashPoint('prune.builds_deleted');
    pruned += ids.length;
  }
}

async function pruneRecords(context: Context): Promise<number> {
  const { db, config, clock, signal } = context;
  const before = clock() - config.retention.days * dayMs;
  let pruned = 0;
  for (let gone = -1; gone !== 0 && !signal.aborted; pruned += gone) {
    gone = deleteOldRecords(db, before, clock());
    await breathe();
  }
  crashPoint('prune.records_deleted');
  deleteForgotten(db, before);
  crashPoint('prune.forgotten_deleted');
  await pruneRepos(context);
  while (!signal.aborted && vacuumSome(db)) await breathe();
  return pruned;
}

/** As with builds, logs first. */
async function pruneRepos({ db, config, signal }: Context): Promise<void> {
  for (let repo = forgottenRepo(db); repo && !signal.aborted; repo = forgottenRepo(db)) {
    const log = join(config.datadir, 'logs', repoLogName(repo, config.owner));
    if (!repo.hasNamesake) await rm(log, { force: true });
    crashPoint('prune.repo_log_removed');
    deleteRepo(db, repo.id);
    crashPoint('prune.repo_deleted');
  }
}

/** What runs may borrow from any mirror, also by a name that its repository does not have any more. */
async function pruneMirrors(context: Context): Promise<void> {
  const { db, config, datadirId } = context;
  const kept = keptWorkspaces({ temproot: config.temproot, datadirId });
  const [git, log] = await Promise.all([context.git(), context.log()]);
  await git.maintain({
    keep: watchedNames(db),
    isBorrowed: (mirror) =>
      runningBuilds(db).length > 0 || kept.some((workspace) => borrowsFrom(workspace.path, mirror)),
    refreshTimeoutMs,
    signal: context.signal,
    mark: null,
    log: (message) => log.warning(message),
  });
  crashPoint('prune.mirrors_done');
}

/** A workspace that was kept for people to look at goes with its build; one that cannot (another user's files, a mount) is tried daily. */
async function pruneKeptWorkspaces(context: Context): Promise<void> {
  const { db, config, datadirId } = context;
  for (const { path, buildId } of keptWorkspaces({ temproot: config.temproot, datadirId })) {
    if (readBuild(db, buildId) === null) await removeOrWarn(context, path);
    crashPoint('prune.kept_removed');
  }
}

async function removeOrWarn(context: Context, path: string): Promise<void> {
  try {
    await removeWorkspace(path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    (await context.log()).warning(error.message);
  }
}

/** Lets whoever waits for the database have it. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
