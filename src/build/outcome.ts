import type { BuildLog } from '../logs/build-log.ts';
import type { BuildEnd } from '../store/finish.ts';
import type { Progress } from '../store/progress.ts';

/** Which bytes of the build's log a failing script wrote. */
export interface FailedStep {
  readonly start: number;
  readonly end: number;
}

/** How an attempt ended, and which part of the build's log is the failing script's output. */
export interface Outcome {
  readonly end: BuildEnd;
  readonly failed: FailedStep | null;
  /** To be recorded with the end. */
  readonly unrecorded: Progress;
}

/** An end that names no script. */
export function outcomeOf(end: Omit<BuildEnd, 'step' | 'exitCode'>, unrecorded: Progress = {}): Outcome {
  return { end: { ...end, step: null, exitCode: null }, failed: null, unrecorded };
}

export const stoppedBySignal = 'stopped by a signal';

/** Says it in the build's log as well. */
export function noted(log: BuildLog, outcome: Outcome): Outcome {
  log.note(`${outcome.end.state}: ${outcome.end.message}`);
  return outcome;
}
