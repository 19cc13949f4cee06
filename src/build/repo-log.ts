import type { Context } from '../context.ts';
import { type Build, isFailed } from '../domain/build.ts';
import { displayName } from '../domain/repo-name.ts';
import { buildLogFile } from '../logs/build-log.ts';
import { lock } from '../store/lock.ts';
import type { FailedStep } from './outcome.ts';

/** The predecessor's two lines about a build, in ampci's log and in the repository's. */
export async function logStart(context: Context, build: Build): Promise<void> {
  const log = await context.log();
  const line = `Building ${placeOf(context, build)}`;
  log.info(line);
  log.repo(repoOf(build)).info(line);
}

export interface Ended {
  readonly failed: FailedStep | null;
  readonly isRetried: boolean;
}

/**
 * The repository's log has its two lines alone, unless the build failed: then it has all that the failing script
 * wrote. What was skipped, or stopped by hand, has not failed.
 */
export async function logEnd(context: Context, build: Build, { failed, isRetried }: Ended): Promise<void> {
  const log = await context.log();
  const line = lastLine(context, build, isRetried);
  if (!isFailed(build.state)) {
    log.info(line);
    log.repo(repoOf(build)).info(line);
    return;
  }
  log.error(line);
  if (failed) await logOutput(context, build, { line, failed });
  else log.repo(repoOf(build)).error(line);
}

function lastLine(context: Context, build: Build, isRetried: boolean): string {
  const seconds = (((build.finishedAt ?? 0) - (build.startedAt ?? 0)) / 1000).toFixed(1);
  const place = placeOf(context, build);
  if (build.state === 'success') return `Done building ${place} in ${seconds} seconds`;
  const because = build.message ?? `${build.step} exited with ${build.exitCode}`;
  return `Building ${place} ended as ${build.state} after ${seconds} seconds: ${because}${isRetried ? '; it will be tried again' : ''}`;
}

const patience = { timeoutMs: 60_000, signal: new AbortController().signal };

/** One at a time: the outputs of two failing builds of a repository do not mingle, however long they are. */
async function logOutput(
  context: Context,
  build: Build,
  { line, failed }: { line: string; failed: FailedStep },
): Promise<void> {
  const { datadir } = context.config;
  const turn = await lock(datadir, `log-${build.repoId}`, patience);
  try {
    const log = await context.log();
    await log.repo(repoOf(build)).output(line, { file: buildLogFile(datadir, build.id), ...failed });
  } finally {
    turn?.release();
  }
}

function placeOf({ config }: Context, build: Build): string {
  return `${displayName(repoOf(build), config.owner)}, refs/heads/${build.branch}`;
}

function repoOf(build: Build): { owner: string; name: string } {
  return { owner: build.owner, name: build.repo };
}
