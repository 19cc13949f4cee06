import type { Context } from '../context.ts';
import { isFailed } from '../domain/build.ts';
import { buildLogFile, lastLines } from '../logs/build-log.ts';
import { harmlessLine } from '../output/harmless.ts';
import { readBuild } from '../store/build-rows.ts';
import type { Terminal } from '../terminal.ts';
import { followBuild } from './follow.ts';

export interface ShowRequest {
  readonly buildId: number;
  readonly terminal: Terminal;
  /** No live output; the end of it only if the build fails. */
  readonly quiet: boolean;
}

const quietLines = 40;

/** Shows a build while it waits and runs, in whatever process that is; resolves when it has ended. */
export async function showBuild(context: Context, { buildId, terminal, quiet }: ShowRequest): Promise<void> {
  const { config, db } = context;
  const never = new AbortController().signal;
  const hushed: Terminal = { ...terminal, isTerminal: false, write: () => {} };
  await followBuild({ datadir: config.datadir, buildId, terminal: quiet ? hushed : terminal, signal: never });
  const state = readBuild(db, buildId)?.state;
  if (!quiet || state === undefined || !isFailed(state)) return;
  for (const line of lastLines(buildLogFile(config.datadir, buildId), quietLines)) {
    terminal.write(`${harmlessLine(line)}\n`);
  }
}
