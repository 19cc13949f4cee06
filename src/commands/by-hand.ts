import type { BuildManner } from '../build.ts';
import type { Context } from '../context.ts';
import { type Build, isActive, isFailed } from '../domain/build.ts';
import { markOf } from '../domain/mark.ts';
import { displayName } from '../domain/repo-name.ts';
import { harmlessLine } from '../output/harmless.ts';

/** How builds run that somebody asked for: a signal cancels them, and nobody is mailed what they are shown. */
export const byHand: BuildManner = { stoppedAs: 'cancelled', watched: true };

/** Kills what a build of this process runs, without any time to end. */
export async function endAtOnce(context: Context, buildId: number): Promise<void> {
  const mark = markOf(context.datadirId, buildId);
  await context.executor().reap({ mark, workspace: null, log: null, since: 0, graceMs: 0 });
}

/** What waits is left to those that know the scripts of now. */
export function tellOutdated({ config, tell }: Context): void {
  tell(`ampci: ${config.file} was changed: what still waits is left to the next poll`);
}

export function buildLabel({ config }: Context, build: Build): string {
  const repo = displayName({ owner: build.owner, name: build.repo }, config.owner);
  return harmlessLine(`${repo} ${build.branch} at ${build.sha.slice(0, 12)}`);
}

/** How a build ended, and where to read more; a line. */
export function outcomeLine(context: Context, build: Build): string {
  const title = buildLabel(context, build);
  if (isActive(build.state))
    return `${title}: ${build.state} (build ${build.id}): follow it with "ampci log ${build.id} -f"\n`;
  const because = build.message ?? (build.step && `${build.step} exited with ${build.exitCode}`);
  const more = isFailed(build.state) ? `; see "ampci log ${build.id}"` : '';
  return `${title}: ${build.state} (build ${build.id})${because ? `: ${harmlessLine(because)}` : ''}${more}\n`;
}
