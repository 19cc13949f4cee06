import { orTell, runBuild } from '../build.ts';
import type { Context } from '../context.ts';
import { claimNext, freeSlot } from '../crew.ts';
import { type Build, isActive } from '../domain/build.ts';
import { isBootstrap } from '../domain/configured-name.ts';
import { parseRepoName } from '../domain/repo-name.ts';
import { recoverFromDeath } from '../poll/recover.ts';
import { activeBuild, readBuild } from '../store/build-rows.ts';
import { cancelByHand } from '../store/queue.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';
import { buildAll } from './build-all.ts';
import { buildLabel, byHand, endAtOnce, outcomeLine, tellOutdated } from './by-hand.ts';
import { type BuildWish, queueOne } from './queue-by-hand.ts';
import type { CommandResult } from './result.ts';
import { showBuild } from './show-build.ts';

export interface BuildOptions extends BuildWish {
  /** Leave it to the next poll. */
  readonly queue: boolean;
  readonly quiet: boolean;
}

export interface BuildRequest {
  readonly options: BuildOptions;
  readonly terminal: Terminal;
  /** Calls back when the user insists: a second Ctrl-C. */
  onInsisted(callback: () => void): void;
}

/** `ampci build`: exit 0 when what was asked for is built (or queued), 1 when it failed or was stopped. */
export async function build(context: Context, request: BuildRequest): Promise<CommandResult> {
  const { options } = request;
  const { config } = context;
  if (isBootstrap(config, parseRepoName(options.repo, config.owner), null)) return buildAll(context, request);
  await recoverFromDeath(context);
  const queued = await queueOne(context, options);
  if (options.queue) {
    const output =
      queued.state === 'running'
        ? underWayLine(context, queued)
        : `${buildLabel(context, queued)}: queued as build ${queued.id}\n`;
    return { output, exitCode: 0 };
  }
  return buildOne(context, queued, request);
}

function underWayLine(context: Context, build: Build): string {
  return `${buildLabel(context, build)} is being built already: build ${build.id}\n`;
}

/** Runs the build here, or follows it where another process took it first. */
async function buildOne(context: Context, queued: Build, request: BuildRequest): Promise<CommandResult> {
  const { options, terminal } = request;
  if (queued.state === 'running') terminal.write(underWayLine(context, queued));
  const leaving = new AbortController();
  const { signal } = leaving;
  // A build does not end for want of somebody who sees it.
  const shown = orTell(
    context,
    showBuild(context, { buildId: queued.id, terminal, quiet: options.quiet, signal }),
  );
  let last: Build | null = null;
  try {
    last = await toTheEnd(context, queued.id, request);
  } finally {
    // Somebody else's build goes on without whoever watches.
    if (last === null || isActive(last.state)) leaving.abort();
    await shown;
  }
  const isGood = last.state === 'success' || last.state === 'skipped';
  return { output: outcomeLine(context, last), exitCode: isGood ? 0 : 1 };
}

/** How often a build that waits looks for a free worker, in ms. */
const lookEveryMs = 250;

/** Resolves to the build as it ended, or as it is when the user leaves a build of another process, or amp.yaml was changed. */
async function toTheEnd(context: Context, id: number, request: BuildRequest): Promise<Build> {
  let isSaid = false;
  for (;;) {
    const now = await advance(context, id, request);
    if (!isActive(now.state)) return now;
    if (now.state === 'queued' && context.isOutdated()) {
      tellOutdated(context);
      return now;
    }
    if (now.state === 'queued' && !isSaid) {
      request.terminal.write(`waiting: ${whyItWaits(context, now)}\n`);
      isSaid = true;
    }
    if (!(await context.pause(lookEveryMs))) return stopWaiting(context, now);
  }
}

/** Runs the build if it can be run now. Resolves to it as it is then. */
async function advance(context: Context, id: number, request: BuildRequest): Promise<Build> {
  await recoverFromDeath(context);
  const ran = context.isOutdated() ? null : await runIfFree(context, id, request);
  const now = ran ?? readBuild(context.db, id);
  if (!now) throw new UserError(`build ${id} was removed meanwhile`);
  return now;
}

async function runIfFree(
  context: Context,
  id: number,
  { onInsisted }: Pick<BuildRequest, 'onInsisted'>,
): Promise<Build | null> {
  const slot = freeSlot(context);
  if (!slot) return null;
  try {
    const claimed = claimNext(context, id);
    if (!claimed) return null;
    onInsisted(() => void endAtOnce(context, id));
    return await runBuild(context, claimed, byHand);
  } finally {
    slot.release();
  }
}

function whyItWaits(context: Context, build: Build): string {
  const active = activeBuild(context.db, build.repoId, build.branch);
  if (active?.state === 'running') return `build ${active.id} of the same branch is running`;
  return `all ${context.config.workers} workers are busy`;
}

/** A build that waits is given up, unless a poll wants it too; one that another process runs goes on there. */
function stopWaiting(context: Context, build: Build): Build {
  cancelByHand(context.db, build.id, context.clock());
  return readBuild(context.db, build.id) ?? build;
}
