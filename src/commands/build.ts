import { runBuild } from '../build.ts';
import type { Context } from '../context.ts';
import { assembleCrew, claimNext, freeSlot } from '../crew.ts';
import { type Build, isActive, isFailed } from '../domain/build.ts';
import { isBootstrap } from '../domain/plan.ts';
import { displayName } from '../domain/repo-name.ts';
import { harmlessLine } from '../output/harmless.ts';
import { tellAll } from '../poll/tell.ts';
import { activeBuild, readBuild } from '../store/build-rows.ts';
import { cancelQueued } from '../store/queue.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';
import { type BuildWish, queueAll, queueOne } from './queue-by-hand.ts';
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
  const [owner = '', name = ''] = options.repo.includes('/')
    ? options.repo.split('/')
    : [config.owner, options.repo];
  if (isBootstrap(config, { owner, name })) return buildAll(context, options);
  const queued = await queueOne(context, options);
  if (options.queue)
    return { output: `${label(context, queued)}: queued as build ${queued.id}\n`, exitCode: 0 };
  return buildOne(context, queued, request);
}

async function buildAll(context: Context, options: BuildOptions): Promise<CommandResult> {
  if (options.branch !== null || options.sha !== null) {
    throw new UserError(
      `${options.repo} is the bootstrap: it builds every repository, and takes no branch or --sha`,
    );
  }
  const ids = await queueAll(context);
  if (options.queue) return { output: `queued ${ids.length} builds\n`, exitCode: 0 };
  const crew = assembleCrew(context);
  crew.hire();
  await crew.done();
  tellAll(context);
  const builds = ids.flatMap((id) => readBuild(context.db, id) ?? []);
  const lines = builds.map((each) => `${label(context, each)}: ${each.state} (build ${each.id})\n`);
  return { output: lines.join(''), exitCode: builds.some(({ state }) => isFailed(state)) ? 1 : 0 };
}

/** Runs the build here, or follows it where another process took it first. */
async function buildOne(context: Context, queued: Build, request: BuildRequest): Promise<CommandResult> {
  const { options, terminal } = request;
  request.onInsisted(() => void endAtOnce(context, queued.id));
  if (queued.state === 'running')
    terminal.write(`${label(context, queued)} is being built already: build ${queued.id}\n`);
  const shown = showBuild(context, { buildId: queued.id, terminal, quiet: options.quiet });
  const ended = await toTheEnd(context, queued.id, terminal);
  await shown;
  const message = ended.message === null ? '' : `: ${harmlessLine(ended.message)}`;
  const output = `${label(context, ended)}: ${ended.state} (build ${ended.id})${message}\n`;
  return { output, exitCode: ended.state === 'success' || ended.state === 'skipped' ? 0 : 1 };
}

/** How often a build that waits looks for a free worker, in ms. */
const lookEveryMs = 250;

async function toTheEnd(context: Context, id: number, terminal: Terminal): Promise<Build> {
  let isSaid = false;
  for (;;) {
    const ran = await runIfFree(context, id);
    const now = ran ?? readBuild(context.db, id);
    if (!now) throw new UserError(`build ${id} was removed meanwhile`);
    if (!isActive(now.state)) return now;
    if (now.state === 'queued' && !isSaid) {
      terminal.write(`waiting: ${whyItWaits(context, now)}\n`);
      isSaid = true;
    }
    if (!(await context.pause(lookEveryMs))) return stopWaiting(context, now);
  }
}

async function runIfFree(context: Context, id: number): Promise<Build | null> {
  const slot = freeSlot(context);
  if (!slot) return null;
  try {
    const claimed = claimNext(context, id);
    return claimed && (await runBuild(context, claimed, { stoppedAs: 'cancelled', watched: true }));
  } finally {
    slot.release();
  }
}

function whyItWaits(context: Context, build: Build): string {
  const active = activeBuild(context.db, build.repoId, build.branch);
  if (active?.state === 'running') return `build ${active.id} of the same branch is running`;
  return `all ${context.config.workers} workers are busy`;
}

/** A build that waits is given up; one that another process runs goes on there. */
function stopWaiting(context: Context, build: Build): Build {
  if (build.state === 'queued')
    cancelQueued(context.db, build.id, { message: 'stopped by hand', now: context.clock() });
  return readBuild(context.db, build.id) ?? build;
}

async function endAtOnce(context: Context, id: number): Promise<void> {
  const { markOf } = await import('../domain/mark.ts');
  await context
    .executor()
    .reap({ mark: markOf(context.datadirId, id), workspace: null, log: null, graceMs: 0 });
}

function label({ config }: Context, build: Build): string {
  const repo = displayName({ owner: build.owner, name: build.repo }, config.owner);
  return harmlessLine(`${repo} ${build.branch} at ${build.sha.slice(0, 12)}`);
}
