import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import type { Build } from '../domain/build.ts';
import { formatDuration } from '../domain/duration.ts';
import { markOf } from '../domain/mark.ts';
import { scriptEnvironment } from '../domain/script-environment.ts';
import { formatSize } from '../domain/size.ts';
import type { StepEnd } from '../executor/executor.ts';
import type { Commit } from '../git/commit.ts';
import type { BuildLog } from '../logs/build-log.ts';
import type { BuildEnd } from '../store/finish.ts';
import { patiently } from '../store/patiently.ts';
import { type Progress, recordProgress } from '../store/progress.ts';
import { noted, type Outcome, outcomeOf, stoppedBySignal } from './outcome.ts';
import { fullDisk } from './refusals.ts';
import { scriptPath, scriptsOf, settingsOf } from './scripts.ts';

interface Place {
  readonly log: BuildLog;
  readonly workspace: string;
  readonly commit: Commit;
  readonly stoppedAs: 'cancelled' | 'interrupted';
}

/** Runs the build's scripts in order, up to the first that does not exit with 0. */
export async function runSteps(context: Context, build: Build, place: Place): Promise<Outcome> {
  const scripts = scriptsOf(context.config, build)?.scripts ?? [];
  const run = await stepRunner(context, build, place);
  let unrecorded: Progress = { commit: place.commit };
  for (const [index, script] of scripts.entries()) {
    const position = index + 1;
    place.log.note(`step ${position}/${scripts.length}: ${script}`);
    const start = place.log.size();
    const begun = { ...unrecorded, started: { position, script, startedAt: context.clock() } };
    if (!(await recorded(context, build, begun))) {
      const stopped = { state: place.stoppedAs, message: stoppedBySignal };
      return noted(place.log, outcomeOf(stopped, unrecorded));
    }
    crashPoint('build.step_started');
    const masking = place.log.maskAlong(start);
    const end = await run(script).finally(masking.end);
    crashPoint('build.step_masked');
    const exitCode = end.kind === 'exit' ? end.exitCode : null;
    unrecorded = { ended: { position, exitCode, finishedAt: context.clock() } };
    if (exitCode === 0) continue;
    const failed = { start, end: place.log.size() };
    const ended = {
      ...(await judge(context, { end, build, stoppedAs: place.stoppedAs })),
      step: script,
      exitCode,
    };
    place.log.note(`${ended.state}: ${ended.message ?? `${script} exited with ${exitCode}`}`);
    return { end: ended, failed, unrecorded };
  }
  return outcomeOf({ state: 'success', message: null }, unrecorded);
}

/** False when a signal came while it could not be written: what has not begun need not. */
async function recorded(context: Context, build: Build, progress: Progress): Promise<boolean> {
  try {
    await patiently(context, () => recordProgress(context.db, build.id, progress));
    return true;
  } catch (error) {
    if (context.signal.aborted) return false;
    throw error;
  }
}

/** Each script gets what is left of the build's time. */
async function stepRunner(context: Context, build: Build, { log, workspace }: Place) {
  const { config, clock } = context;
  const settings = settingsOf(config, build);
  const mark = markOf(context.datadirId, build.id);
  const env = scriptEnvironment({
    inherited: context.environment,
    settings: settings.env,
    tokens: await context.tokens(),
    build,
    workspace,
    mark,
  });
  // From here on by the monotonic clock: a machine's clock may be set back while a build runs.
  const deadline = performance.now() + settings.timeoutMs - (clock() - (build.startedAt ?? clock()));
  return (script: string): Promise<StepEnd> =>
    context.executor().run({
      script: scriptPath(config, script),
      cwd: workspace,
      env,
      logFd: log.fd,
      mark,
      timeoutMs: deadline - performance.now(),
      graceMs: config.graceMs,
      maxLogSizeBytes: config.maxLogSizeBytes,
      signal: context.signal,
    });
}

interface Judged {
  readonly end: StepEnd;
  readonly build: Build;
  readonly stoppedAs: 'cancelled' | 'interrupted';
}

type Judgement = Pick<BuildEnd, 'state' | 'message'>;

/** Whose fault it is: the committer's (`failure`, `timeout`) or the operator's (`error`). */
async function judge(context: Context, { end, build, stoppedAs }: Judged): Promise<Judgement> {
  const { config } = context;
  switch (end.kind) {
    case 'timeout':
      return {
        state: 'timeout',
        message: `it took longer than ${formatDuration(settingsOf(config, build).timeoutMs)}`,
      };
    case 'log_limit':
      return {
        state: 'failure',
        message: `its log outgrew max_log_size, ${formatSize(config.maxLogSizeBytes)}`,
      };
    case 'stopped':
      return { state: stoppedAs, message: stoppedBySignal };
    case 'unstartable':
      return { state: 'error', message: end.message };
    case 'exit':
    case 'killed': {
      const full = await fullDisk(context);
      if (full) return { state: 'error', message: full };
      return {
        state: 'failure',
        message: end.kind === 'killed' ? `its script was ended by ${end.signal}` : null,
      };
    }
  }
}
