import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Signals every process of this user that has `variable` (`NAME=value`) in its environment, which children
 * inherit wherever they go. Returns how many there were; none where there is no /proc.
 */
export function signalAll(variable: string, signal: NodeJS.Signals): number {
  const entry = `\0${Buffer.from(variable).toString('latin1')}\0`;
  let count = 0;
  for (const pid of pids()) {
    if (pid !== process.pid && environmentOf(pid).includes(entry) && signalled(pid, signal)) count += 1;
  }
  return count;
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function environmentOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
  } catch {
    return '';
  }
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

const patienceMs = 50;
const politeLooks = 20;
const looksAtMost = 100;

/**
 * Ends the processes that have `variable` in their environment when the signal aborts. Looks again and again,
 * since one that is just being started escapes a look. Returns what ends the looking; where the signal has
 * aborted that waits for the last of them to go.
 */
export function killWhenAborted(variable: string, signal: AbortSignal): () => Promise<void> {
  let looks = 0;
  let timer: NodeJS.Timeout | null = null;
  const kill = () => {
    looks += 1;
    signalAll(variable, looks > politeLooks ? 'SIGKILL' : 'SIGTERM');
    timer = setTimeout(kill, patienceMs);
  };
  signal.addEventListener('abort', kill);
  return async () => {
    signal.removeEventListener('abort', kill);
    if (timer) clearTimeout(timer);
    if (!signal.aborted) return;
    for (let look = 0; look < looksAtMost && signalAll(variable, 'SIGKILL') > 0; look += 1)
      await pause(patienceMs);
  };
}
