import { readdirSync, readFileSync } from 'node:fs';

/**
 * Signals every process of this user that has `variable` (`NAME=value`) in its environment, which children
 * inherit wherever they go. Returns how many there were; none
 * where there is no /proc.
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
