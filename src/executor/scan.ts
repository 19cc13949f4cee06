import { readdirSync, readFileSync } from 'node:fs';
import { type ProcessStat, readStat } from '../process/stat.ts';
import { isMarked, isOwn, mayEnd, type Traces, usedPart } from './traces.ts';

/** A process of a build. */
export interface Found extends ProcessStat {
  /**
   * `marked`: by its environment, or it shares the session of one that is; `writer`: it has the log open;
   * `standing`: it only uses the workspace, which a backup that passes by does too.
   */
  readonly by: 'marked' | 'writer' | 'standing';
}

/** The first look reads all processes; the others, while anything ends meanwhile, little more than the new ones. */
const looks = 12;
/** Clock ticks: who is a second older than the youngest and does not belong to the build never will. */
const settledAge = 100;

/**
 * All processes with these traces, but never this one nor its ancestors. Takes a few milliseconds.
 * `onFound` hears of each at once: one that forks and exits without end is gone when the look is over.
 */
export function scan(traces: Traces, onFound?: (found: Found) => void): readonly Found[] {
  const settled = new Set<number>();
  for (let count = 1; ; count += 1) {
    const { found, restless } = look(traces, settled, onFound);
    if (found.length > 0 || !restless || count === looks) return found;
  }
}

/** `restless`: one ended while we looked and may have left a child behind our back. */
function look(traces: Traces, settled: Set<number>, onFound: (found: Found) => void = () => {}) {
  const spared = ownLine();
  const found = new Map<number, Found>();
  const others: ProcessStat[] = [];
  let restless = false;
  for (const pid of pids()) {
    if (settled.has(pid) || spared.has(pid)) continue;
    const stat = readStat(pid);
    restless ||= endedSince(stat, traces.since);
    if (!stat || stat.ended || stat.kernelThread || stat.start < traces.since) {
      settled.add(pid);
      continue;
    }
    const by = belongsBy(stat, traces);
    if (!by) others.push(stat);
    else {
      found.set(pid, { ...stat, by });
      onFound({ ...stat, by });
    }
  }
  settle(others, settled);
  if (found.size > 0) addRelatives(found, others, spared);
  return { found: [...found.values()], restless };
}

function endedSince(stat: ProcessStat | null, since: number): boolean {
  return stat === null || (stat.ended && stat.start >= since);
}

function settle(others: readonly ProcessStat[], settled: Set<number>): void {
  const youngest = Math.max(...others.map(({ start }) => start));
  for (const { pid, start } of others) if (start < youngest - settledAge) settled.add(pid);
}

/** All pids, the last one given first: when they are used up, the kernel begins anew with low ones. */
function pids(): readonly number[] {
  const last = Number(readFileSync('/proc/loadavg', 'utf8').trim().split(' ').at(-1));
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger).reverse();
  return [...all.filter((pid) => pid <= last), ...all.filter((pid) => pid > last)];
}

/** This process and its ancestors, with their sessions. */
function ownLine(): ReadonlyMap<number, number> {
  const line = new Map<number, number>();
  let stat = readStat('self');
  while (stat && !line.has(stat.pid)) {
    line.set(stat.pid, stat.session);
    stat = readStat(stat.ppid);
  }
  return line;
}

function belongsBy(stat: ProcessStat, traces: Traces): Found['by'] | null {
  if (stat.session === traces.session && mayEnd(stat.pid)) return 'marked';
  if (!isOwn(stat.pid)) return null;
  if (isMarked(stat.pid, traces.mark)) return 'marked';
  // Scripts run without a terminal: who has one is a person that looks at the workspace.
  const part = stat.terminal ? null : usedPart(stat.pid, traces);
  if (part === null) return null;
  return part === 'log' ? 'writer' : 'standing';
}

/** Children of what was found, and the sessions of the marked: an environment can be cleared, these cannot. */
function addRelatives(
  found: Map<number, Found>,
  others: readonly ProcessStat[],
  spared: ReadonlyMap<number, number>,
): void {
  const ownSessions = new Set(spared.values());
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    const marked = [...found.values()].filter(
      ({ by, session }) => by === 'marked' && !ownSessions.has(session),
    );
    const sessions = new Set(marked.map(({ session }) => session));
    for (const stat of others) {
      const by = sessions.has(stat.session) ? 'marked' : found.get(stat.ppid)?.by;
      if (by && !found.has(stat.pid) && mayEnd(stat.pid)) found.set(stat.pid, { ...stat, by });
    }
  }
}
