import { type ProcessStat, readStat } from './stat.ts';

/** Signals that very process, never a later one with the same pid, and only if this user may. */
export function signalProcess(
  { pid, start }: Pick<ProcessStat, 'pid' | 'start'>,
  signal: NodeJS.Signals,
): void {
  if (readStat(pid)?.start !== start) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile, or runs as another user: then it is left.
  }
}
