import { fstatSync, ftruncateSync } from 'node:fs';
import type { Step, StepEnd } from './executor.ts';

/** Looks at the log's size happen this often, in ms: the oftener the less is left to the limit. */
const shortestPauseMs = 5;
const longestPauseMs = 50;
/** What a flood may write in a millisecond: 4 GB/s. */
const floodBytesPerMs = 4_000_000;
/** Longer timers end at once. */
const longestTimerMs = 2 ** 31 - 1;

export interface Watch extends Disposable {
  /** Resolves when the step must end before its script does, and to why; else never. */
  readonly tripped: Promise<StepEnd>;
  /** Whether the log ever was larger than its limit; cuts it down to that. */
  overflowed(): boolean;
}

/** Guards a step's time, its signal and the size of its log, which never grows far beyond its limit. */
export function watchStep({ timeoutMs, signal, logFd, maxLogSizeBytes }: Step): Watch {
  const { promise, resolve } = Promise.withResolvers<StepEnd>();
  const onAbort = () => resolve({ kind: 'stopped' });
  const deadline = setTimeout(() => resolve({ kind: 'timeout' }), Math.min(timeoutMs, longestTimerMs));
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();

  let flooded = false;
  const overflowed = () => {
    const { size } = fstatSync(logFd);
    if (size > maxLogSizeBytes) {
      flooded = true;
      // Goes on while the script has its grace: it may go on writing as well.
      ftruncateSync(logFd, maxLogSizeBytes);
    }
    return flooded;
  };
  let timer: NodeJS.Timeout;
  const look = () => {
    if (overflowed()) resolve({ kind: 'log_limit' });
    timer = setTimeout(look, pauseMs(maxLogSizeBytes - fstatSync(logFd).size)).unref();
  };
  look();

  return {
    tripped: promise,
    overflowed,
    [Symbol.dispose]: () => {
      clearTimeout(deadline);
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function pauseMs(leftBytes: number): number {
  return Math.max(shortestPauseMs, Math.min(longestPauseMs, leftBytes / floodBytesPerMs));
}
