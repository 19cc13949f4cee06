import { readdirSync } from 'node:fs';
import { type ProcessStat, readStat } from '../process/stat.ts';
import { isMarked, isOwn, type Traces, usedPart } from './traces.ts';

/** A process of a build. */
export interface Found extends ProcessStat {
  /**
   * `marked`: by its environment, or it shares the session of one that is; `writer`: it has the log open;
   * `standing`: it only uses the workspace, which a backup that passes by does too.
   */
  readonly by: 'marked' | 'writer' | 'standing';
}

const looks = 3;

/**
 * All processes with these traces, but never this one nor its ancestors. Takes a few milliseconds.
 * `onFound` hears of each at once: one that forks and exits without end is gone when the look is over.
 */
export function scan(traces: Traces, onFound?: (found: Found) => void): readonly Found[] {
  for (let count = 1; ; count += 1) {
    const { found, vanished } = look(traces, onFound);
    // One that vanished while we looked may have left a child behind our back.
    if (found.length > 0 || !vanished || count === looks) return found;
  }
}

function look(traces: Traces, onFound?: (found: Found) => void) {
  const spared = ownLine();
  const found = new Map<number, Found>();
  const others: ProcessStat[] = [];
  let vanished = false;
  // The youngest first: they are the ones that may vanish.
  for (const pid of pids().reverse()) {
    const stat = readStat(pid);
    if (!stat) vanished = true;
    if (!stat || stat.kernelThread || stat.ended || stat.start < traces.since || spared.has(pid)) continue;
    const by = belongsBy(stat, traces);
    if (!by) {
      others.push(stat);
      continue;
    }
    found.set(pid, { ...stat, by });
    onFound?.({ ...stat, by });
  }
  if (found.size > 0) addRelatives(found, others, spared);
  return { found: [...found.values()], vanished };
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
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
  if (stat.session === traces.session) return 'marked';
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
      if (by && !found.has(stat.pid)) found.set(stat.pid, { ...stat, by });
    }
  }
}
