import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { markOf } from '../domain/mark.ts';
import { hasLeftovers } from '../git/has-leftovers.ts';
import { buildLogFile, openBuildLog } from '../logs/build-log.ts';
import { isAlive } from '../process/identity.ts';
import { type OwnedBuild, runningBuilds } from '../store/build-rows.ts';
import { finish } from '../store/finish.ts';
import { forgetFuture } from '../store/future.ts';
import { tryLock } from '../store/lock.ts';
import { readMeta, writeMeta } from '../store/meta.ts';
import { removeWorkspace, sweepWorkspaces } from '../workspace.ts';

/**
 * Puts right what a crash left: builds whose owner is dead end as `interrupted` and are queued again, after
 * what they left running and on disk is gone. Whatever kills this halfway, the next tick begins it anew.
 */
export async function recover(context: Context): Promise<void> {
  forgetFuture(context.db, context.clock());
  const running = runningBuilds(context.db);
  await Promise.all(running.filter((build) => !isAlive(build.process)).map((build) => bury(context, build)));
  if (hasLeftovers(context.config.datadir)) (await context.git()).sweep();
  await sweep(context);
}

/** Also in the temproot of before: once amp.yaml has another, nobody would look there again. */
async function sweep({ config: { temproot }, db, datadirId, log }: Context): Promise<void> {
  // Asked for when the folder has been read: a build that starts meanwhile keeps its workspace.
  const keep = () => new Set(runningBuilds(db).flatMap(({ workspace }) => workspace ?? []));
  const sweepIn = async (folder: string) => {
    const troubles = await sweepWorkspaces({ temproot: folder, datadirId, keep });
    for (const { message } of troubles) (await log()).error(message);
    return troubles.length === 0;
  };
  await sweepIn(temproot);
  const before = readMeta(db, 'temproot');
  if (before === temproot) return;
  if (before === null || (await sweepIn(before))) writeMeta(db, 'temproot', temproot);
}

/** The same for who cannot leave it to the next poll: a dead process would be waited for. A poll at work does it itself. */
export async function recoverFromDeath(context: Context): Promise<void> {
  if (runningBuilds(context.db).every((build) => isAlive(build.process))) return;
  const lock = tryLock(context.config.datadir, 'poll');
  if (!lock) return;
  try {
    await recover(context);
  } finally {
    lock.release();
  }
}

async function bury(context: Context, build: OwnedBuild): Promise<void> {
  const { config, db, clock } = context;
  const log = buildLogFile(config.datadir, build.id);
  const mark = markOf(context.datadirId, build.id);
  await context.executor().reap({ mark, workspace: build.workspace, log, since: 0, graceMs: config.graceMs });
  crashPoint('recover.reaped');
  await maskWhatItWrote(context, log);
  crashPoint('recover.masked');
  // What cannot be removed (another user's files, a mount) must not keep polls from going on: the sweep tries again.
  if (build.workspace) await removeWorkspace(build.workspace).catch(() => {});
  crashPoint('recover.workspace_removed');
  finish(db, build, {
    end: {
      state: 'interrupted',
      step: null,
      exitCode: null,
      message: 'ampci or the machine died while it ran',
    },
    now: clock(),
  });
  crashPoint('recover.finished');
}

/** The step that the crash cut off did not come to have its secrets masked. */
async function maskWhatItWrote(context: Context, file: string): Promise<void> {
  const log = openBuildLog(file, await context.secretForms());
  try {
    await log.mask(0);
    log.note('interrupted: ampci or the machine died while it ran');
  } finally {
    log[Symbol.dispose]();
  }
}
