import { readFileSync } from 'node:fs';
import { readStat } from './stat.ts';

/** A process and no other: a pid alone is reused, after a reboot even within seconds. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start. */
  readonly start: string;
  /** The kernel's random id of this boot. */
  readonly boot: string;
}

/** This process. Throws where there is no /proc. */
export function ownIdentity(): ProcessIdentity {
  const stat = readStat('self');
  if (!stat) throw new Error('/proc/self/stat cannot be read: ampci needs Linux with /proc mounted');
  return { pid: stat.pid, start: String(stat.start), boot: bootId() };
}

/** Whether that very process still runs; a zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.boot !== bootId()) return false;
  const stat = readStat(identity.pid);
  return stat !== null && !stat.ended && String(stat.start) === identity.start;
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
