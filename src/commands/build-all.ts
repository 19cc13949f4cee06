import type { Context } from '../context.ts';
import { assembleCrew } from '../crew.ts';
import { type Build, isActive } from '../domain/build.ts';
import { truncate } from '../output/width.ts';
import { recoverFromDeath } from '../poll/recover.ts';
import { tellAll } from '../poll/tell.ts';
import { poll } from '../poll.ts';
import { readBuild, runningBuilds } from '../store/build-rows.ts';
import { cancelByHand } from '../store/queue.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';
import type { BuildRequest } from './build.ts';
import { buildLabel, byHand, endAtOnce, outcomeLine, tellOutdated } from './by-hand.ts';
import { queueAll } from './queue-by-hand.ts';
import type { CommandResult } from './result.ts';

/** How often it is looked which builds ended and whether a worker is free, in ms. */
const lookEveryMs = 250;

/** `ampci build <bootstrap>`: builds every repository, and says how each build ended when it has. */
export async function buildAll(context: Context, request: BuildRequest): Promise<CommandResult> {
  const { options, terminal } = request;
  if (options.branch !== null || options.sha !== null) {
    throw new UserError(
      `${options.repo} is the bootstrap: it builds every repository, and takes no branch or --sha`,
    );
  }
  // The heads of now. What keeps it from seeing them keeps it from seeing the bootstrap too, and is said there.
  await poll(context, { repos: [], full: true });
  const ids = await queueAll(context);
  if (options.queue) return { output: `queued ${ids.length} builds\n`, exitCode: 0 };
  request.onInsisted(() => endAllAtOnce(context, ids));
  const board = openBoard(context, terminal, ids);
  const crew = assembleCrew(context, ({ id }) => (ids.includes(id) ? byHand : null));
  const runsMore = () => !crew.hasFailed() && !context.isOutdated();
  try {
    do {
      await recoverFromDeath(context);
      crew.hire();
      board.update();
    } while (board.isOpen() && runsMore() && (await context.pause(lookEveryMs)));
    if (context.signal.aborted) giveUp(context, ids);
    if (board.isOpen() && context.isOutdated()) tellOutdated(context);
  } finally {
    // Whatever became of the board: builds that run are not left alone.
    await crew.done();
  }
  board.close();
  await tellAll(context);
  const isGood = buildsOf(context, ids).every(({ state }) => state === 'success' || state === 'skipped');
  return { output: '', exitCode: isGood ? 0 : 1 };
}

function buildsOf({ db }: Context, ids: readonly number[]): Build[] {
  return ids.flatMap((id) => readBuild(db, id) ?? []);
}

function giveUp(context: Context, ids: readonly number[]): void {
  for (const id of ids) cancelByHand(context.db, id, context.clock());
}

function endAllAtOnce(context: Context, ids: readonly number[]): void {
  const own = runningBuilds(context.db).filter(({ process }) => process.pid === context.owner().pid);
  for (const { id } of own.filter((build) => ids.includes(build.id))) void endAtOnce(context, id);
}

interface Board {
  /** Prints what ended since the last time and, on a terminal, what is under way. */
  update(): void;
  /** Prints how the others ended, or that they go on elsewhere. */
  close(): void;
  /** Whether some of the builds wait or run. */
  isOpen(): boolean;
}

function openBoard(context: Context, terminal: Terminal, ids: readonly number[]): Board {
  const open = new Set(ids);
  const print = (some: readonly Build[], footer: string) => {
    for (const { id } of some) open.delete(id);
    const lines = some.map((build) => outcomeLine(context, build)).join('');
    terminal.write(terminal.isTerminal ? `\r\u001b[K${lines}${footer}` : lines);
  };
  return {
    isOpen: () => open.size > 0,
    close: () => print(buildsOf(context, [...open]), ''),
    update() {
      const builds = buildsOf(context, [...open]);
      const running = builds.filter(({ state }) => state === 'running');
      const names = running.map((build) => buildLabel(context, build)).join(', ');
      const footer = `${ids.length - open.size} of ${ids.length} built${names && `; running: ${names}`}`;
      print(
        builds.filter(({ state }) => !isActive(state)),
        truncate(footer, terminal.columns() - 1),
      );
    },
  };
}
