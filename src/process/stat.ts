import { readFileSync } from 'node:fs';

/** What the kernel tells of a process in /proc/PID/stat (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** Whether it has a controlling terminal. */
  readonly terminal: boolean;
  readonly kernelThread: boolean;
  /** It has ended and only waits for its parent to notice. */
  readonly ended: boolean;
  /** Clock ticks since boot: with the pid it names the process, because pids are reused. */
  readonly start: number;
}

/** null: there is no such process. */
export function readStat(pid: number | 'self'): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

const kernelThreadFlag = 0x00200000;

/** The name, in parentheses, may hold anything, blanks and parentheses too: the fields are those after the last one. */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const number = (index: number) => Number(fields[index]);
  const zombie = fields[0] === 'Z' || fields[0] === 'X';
  return {
    pid: Number.parseInt(line, 10),
    ppid: number(1),
    pgrp: number(2),
    session: number(3),
    terminal: number(4) !== 0,
    kernelThread: (number(6) & kernelThreadFlag) !== 0,
    // A process whose first thread ended while others run looks like a zombie as well.
    ended: zombie && number(17) <= 1,
    start: number(19),
  };
}
