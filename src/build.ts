import { existsSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { checkOutBoth } from './build/checkout.ts';
import { noted, type Outcome, outcomeOf, stoppedBySignal } from './build/outcome.ts';
import { cannotBegin, isSkippedByItsMessage } from './build/refusals.ts';
import { logEnd, logStart } from './build/repo-log.ts';
import { runSteps } from './build/steps.ts';
import type { Context } from './context.ts';
import { crashPoint } from './crash-point.ts';
import { type Build, isFailed } from './domain/build.ts';
import { markOf } from './domain/mark.ts';
import { type BuildLog, buildLogFile, openBuildLog } from './logs/build-log.ts';
import { readBuild } from './store/build-rows.ts';
import { type BuildEnd, finish } from './store/finish.ts';
import { patiently } from './store/patiently.ts';
import type { Progress } from './store/progress.ts';
import { UserError } from './user-error.ts';
import { keepWorkspace, makeWorkspace, removeWorkspace } from './workspace.ts';

export interface BuildManner {
  /** What a build becomes that a signal stops: `cancelled` where somebody runs it by hand. */
  readonly stoppedAs: 'cancelled' | 'interrupted';
  /** Somebody watches, and is told of a failure in any case. */
  readonly watched: boolean;
}

/** Runs a claimed build to its end: checkout, steps, record. Resolves to the build as it is stored then. */
export async function runBuild(context: Context, build: Build, manner: BuildManner): Promise<Build> {
  crashPoint('build.claimed');
  const outcome = await attempt(context, build, manner);
  const { end, unrecorded } = outcome;
  // While the build still counts as running: the sweep of another tick would take what is to be kept.
  if (build.workspace && isKept(context, end) && existsSync(build.workspace)) {
    await orTell(context, keep(context, build, build.workspace));
  }
  const isRetried = await patiently(context, () =>
    finish(context.db, build, { end, now: context.clock(), watched: manner.watched, unrecorded }),
  );
  crashPoint('build.finished');
  const ended = readBuild(context.db, build.id) ?? build;
  await orTell(context, logEnd(context, ended, { ...outcome, isRetried }));
  crashPoint('build.logged');
  if (build.workspace) await orTell(context, removeWorkspace(build.workspace));
  crashPoint('build.workspace_removed');
  return ended;
}

function isKept({ config }: Context, end: BuildEnd): boolean {
  return config.keepWorkspace === 'on_failure' && isFailed(end.state);
}

/** Its log is no longer open. */
async function keep(context: Context, { id }: Build, workspace: string): Promise<void> {
  const kept = keepWorkspace(workspace);
  const log = openBuildLog(buildLogFile(context.config.datadir, id), await context.secretForms());
  try {
    log.note(`its workspace is kept: ${kept}`);
  } finally {
    log[Symbol.dispose]();
  }
}

/** What goes wrong beside a build or after it is told, and neither keeps its end from being recorded nor ends the tick. */
export async function orTell(context: Context, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    context.tell(`ampci: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Whatever happens on the way becomes the build's end; no process of it is left. */
async function attempt(context: Context, build: Build, manner: BuildManner): Promise<Outcome> {
  let log: BuildLog | null = null;
  try {
    await logStart(context, build);
    crashPoint('build.begun');
    const file = buildLogFile(context.config.datadir, build.id);
    // A database that was restored from a copy gives numbers anew: what is there is another build's.
    rmSync(file, { force: true });
    log = openBuildLog(file, await context.secretForms());
    return await checkOutAndRun(context, build, { log, manner });
  } catch (error) {
    return errored(log, error);
  } finally {
    await clearProcesses(context, build);
    log?.[Symbol.dispose]();
  }
}

async function checkOutAndRun(
  context: Context,
  build: Build,
  { log, manner }: { log: BuildLog; manner: BuildManner },
): Promise<Outcome> {
  const refusal = await cannotBegin(context, build);
  if (refusal) return noted(log, outcomeOf(refusal));
  const workspace = build.workspace ?? '';
  makeWorkspace(workspace);
  const [checkout] = await Promise.all([
    checkOutBoth(context, build, { log, workspace }),
    // By then git has been started and waits for the server.
    pause(20).then(() => context.executor().prepare()),
  ]);
  if (checkout.kind === 'stopped')
    return noted(log, outcomeOf({ state: manner.stoppedAs, message: stoppedBySignal }));
  if (checkout.kind === 'trouble')
    return noted(log, outcomeOf({ state: 'error', message: checkout.message }));
  const { commit } = checkout;
  if (isSkippedByItsMessage(build, commit.message)) {
    const skipped = { state: 'skipped', message: 'its commit message asks for it' } as const;
    return noted(log, outcomeOf(skipped, { commit }));
  }
  const place = { log, workspace, commit, stoppedAs: manner.stoppedAs };
  // Whose commit it is must be known, whatever keeps it from its first script.
  return runSteps(context, build, place).catch((error) => errored(log, error, { commit }));
}

function errored(log: BuildLog | null, error: unknown, unrecorded?: Progress): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  // A bug comes with its stack, in the log of what it spoiled.
  log?.note(`error: ${error instanceof Error && !(error instanceof UserError) ? error.stack : message}`);
  return outcomeOf({ state: 'error', message }, unrecorded);
}

/** Git may have left something too, when it was stopped halfway. */
async function clearProcesses(context: Context, build: Build): Promise<void> {
  const { config, datadirId, executor, owner } = context;
  await executor().reap({
    mark: markOf(datadirId, build.id),
    workspace: build.workspace,
    log: buildLogFile(config.datadir, build.id),
    // Looking into the processes that were there before this one takes as long as a git fetch.
    since: Number(owner().start),
    graceMs: config.graceMs,
  });
  crashPoint('build.reaped');
}
