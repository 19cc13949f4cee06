import { scriptsOf } from '../build/scripts.ts';
import type { Context } from '../context.ts';
import { type Build, isActive, isFailed } from '../domain/build.ts';
import { formatDuration } from '../domain/duration.ts';
import { displayName } from '../domain/repo-name.ts';
import { buildLogFile, lastLines } from '../logs/build-log.ts';
import {
  type BuildView,
  buildPanel,
  eraseLines,
  paintedWidth,
  type StepView,
} from '../output/build-panel.ts';
import { harmlessLine } from '../output/harmless.ts';
import { outputLine } from '../output/harmless-stream.ts';
import { painter } from '../output/paint.ts';
import { readBuild } from '../store/build-rows.ts';
import { expectedDurations, readSteps, type StepRecord } from '../store/steps.ts';
import type { Terminal } from '../terminal.ts';
import { followBuild } from './follow.ts';

export interface ShowRequest {
  readonly buildId: number;
  readonly terminal: Terminal;
  /** No live output; the end of it only if the build fails. */
  readonly quiet: boolean;
  /** Ends the show before the build has ended. */
  readonly signal: AbortSignal;
}

/** Lines of output that a failed build is shown with where it was not shown live as a whole. */
const linesOfFailure = 40;

/** Shows a build while it waits and runs, in whatever process that is; resolves when it has ended. */
export async function showBuild(context: Context, request: ShowRequest): Promise<void> {
  const { terminal, quiet, buildId, signal } = request;
  const { datadir, maxLogSizeBytes } = context.config;
  const followed = { datadir, maxLogSizeBytes, buildId, signal };
  if (terminal.isTerminal) await drawUntilEnded(context, request);
  else await followBuild({ ...followed, terminal: quiet ? hushed(terminal) : terminal });
  const isShown = !terminal.isTerminal && !quiet;
  const state = readBuild(context.db, buildId)?.state;
  if (isShown || state === undefined || !isFailed(state)) return;
  for (const line of lastLines(buildLogFile(datadir, buildId), linesOfFailure)) {
    terminal.write(`${outputLine(line)}\n`);
  }
}

function hushed(terminal: Terminal): Terminal {
  return { ...terminal, write: () => {} };
}

const frameMs = 120;

async function drawUntilEnded(context: Context, request: ShowRequest): Promise<void> {
  const { buildId, terminal, quiet, signal } = request;
  const paint = painter(terminal.color);
  let drawn: readonly number[] = [];
  for (let frame = 0; !signal.aborted; frame += 1) {
    const build = readBuild(context.db, buildId);
    if (!build) return;
    if (build.state !== 'queued') {
      const style = { columns: terminal.columns(), rows: terminal.rows(), paint, frame };
      const showsTail = !quiet && isActive(build.state);
      const lines = buildPanel(viewOf(context, build, showsTail ? style.rows : 0), style);
      terminal.write(eraseLines(drawn, style.columns) + lines.map((line) => `${line}\n`).join(''));
      drawn = lines.map(paintedWidth);
    }
    if (!isActive(build.state)) return;
    await new Promise((resolve) => setTimeout(resolve, frameMs));
  }
  // What was seen last will not stay true.
  terminal.write(eraseLines(drawn, terminal.columns()));
}

function viewOf(context: Context, build: Build, tailLines: number): BuildView {
  const { config, db, clock } = context;
  const now = build.finishedAt ?? clock();
  const steps = stepViews(context, build, { expected: expectedDurations(db, build), now });
  const known = steps.flatMap(({ expectedMs }) => expectedMs ?? []);
  const tail = tailLines === 0 ? [] : lastLines(buildLogFile(config.datadir, build.id), tailLines);
  const repo = displayName({ owner: build.owner, name: build.repo }, config.owner);
  return {
    title: harmlessLine(`${repo} ${build.branch} at ${build.sha.slice(0, 7)}`),
    state: isActive(build.state) ? 'running' : build.state === 'success' ? 'succeeded' : 'ended',
    steps,
    elapsedMs: now - (build.startedAt ?? now),
    expectedMs:
      known.length === steps.length && known.length > 0 ? known.reduce((sum, ms) => sum + ms, 0) : null,
    tail: tail.map(outputLine),
    notice: isActive(build.state) && context.signal.aborted ? whatComes(context) : null,
  };
}

function whatComes({ config }: Context): string {
  return `stopping: what runs has ${formatDuration(config.graceMs)} to end; Ctrl-C again kills it`;
}

function stepViews(
  { config, db }: Context,
  build: Build,
  { expected, now }: { expected: ReadonlyMap<string, number>; now: number },
): StepView[] {
  const begun = new Map(readSteps(db, build.id).map((step) => [step.position, step]));
  return (scriptsOf(config, build)?.scripts ?? []).map((script, index) => {
    const step = begun.get(index + 1);
    const state = step ? stateOf(step, build) : 'waiting';
    return {
      script,
      state,
      failure: step && state === 'failed' ? howItFailed(step, build) : null,
      elapsedMs: step ? (step.finishedAt ?? now) - step.startedAt : null,
      expectedMs: expected.get(script) ?? null,
    };
  });
}

/** The end of a step is recorded with what follows it: while the build goes on, with the next one's start. */
function stateOf({ exitCode }: StepRecord, build: Build): StepView['state'] {
  if (exitCode === 0) return 'done';
  return isActive(build.state) ? 'running' : 'failed';
}

function howItFailed({ exitCode }: StepRecord, build: Build): string {
  return exitCode === null ? build.state : `exit ${exitCode}`;
}
