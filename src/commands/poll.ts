import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { isFailed } from '../domain/build.ts';
import { plannedTable } from '../output/planned.ts';
import { observe } from '../poll/observe.ts';
import { foresee } from '../poll/save.ts';
import { type PollReport, tick } from '../poll.ts';
import { queuedBuilds } from '../store/build-rows.ts';
import { UserError } from '../user-error.ts';
import type { CommandResult } from './result.ts';

export interface PollOptions {
  readonly repos: readonly string[];
  readonly full: boolean;
  readonly forMs: number;
  readonly everyMs: number;
}

/** `ampci poll`: a tick. Silent when all is well; what went wrong was told on stderr as it happened. */
export async function poll(context: Context, options: PollOptions): Promise<CommandResult> {
  const { repos, full, forMs, everyMs } = options;
  return { output: '', exitCode: exitCodeOf(await tick(context, { repos, full }, { forMs, everyMs })) };
}

/** 1: a build failed; 3: the forge could not be polled; 0: fine, a limit obeyed, or another poll at work. */
function exitCodeOf({ outcome, builds }: PollReport): number {
  if (outcome === 'failed' || outcome === 'stopped') return 3;
  return builds.some(({ state }) => isFailed(state)) ? 1 : 0;
}

const nothing = { plan: { repos: [] }, troubles: [] };

/** `ampci poll --dry-run`: what would be built and why. Reads only. */
export async function dryRun(
  context: Context,
  request: Pick<PollOptions, 'repos' | 'full'>,
): Promise<CommandResult> {
  const look = await observe(context, request);
  const { observation } = look;
  if (observation.outcome === 'failed') throw new UserError(observation.message, 3);
  if (observation.outcome === 'limited') return { output: `${observation.message}\n`, exitCode: 0 };
  const foreseen =
    observation.outcome === 'observed' ? foresee(context, { ...look, ...observation }) : nothing;
  const { owner, file } = context.config;
  const view = { ...foreseen, queued: queuedBuilds(context.db), owner, file: basename(file) };
  return { output: plannedTable(view), exitCode: 0 };
}
