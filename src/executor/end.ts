import { setTimeout as sleep } from 'node:timers/promises';
import { crashPoint } from '../crash-point.ts';
import { signalProcess } from '../process/signal.ts';
import { type Found, scan } from './scan.ts';
import type { Traces } from './traces.ts';

/** Between two looks at what is left, in ms: short at first, since most processes end at once. */
const shortestPauseMs = 5;
const longestPauseMs = 50;
/** After KILL only what hangs in the kernel or belongs to another user is left: waiting for it gains nothing. */
const afterKillMs = 800;
const freezeRounds = 20;

/**
 * Ends all processes with these traces: TERM, up to `graceMs` of time, KILL, until two looks find none.
 * Resolves to how many there were.
 */
export async function endProcesses(traces: Traces, graceMs: number): Promise<number> {
  const seen = new Set<string>();
  const look: Look = (onFound) => {
    const found = scan(traces, onFound);
    for (const each of found) seen.add(key(each));
    return found;
  };
  const first = look();
  if (first.length === 0) return 0;
  terminate(first.filter(({ by }) => by !== 'standing'));
  crashPoint('executor.end.terminated');
  if (await outlasts(look, first, graceMs)) await kill(look);
  crashPoint('executor.end.killed');
  return seen.size;
}

type Look = (onFound?: (found: Found) => void) => readonly Found[];

/** Waits until two looks find none; true: some are left after `graceMs`. */
async function outlasts(look: Look, first: readonly Found[], graceMs: number): Promise<boolean> {
  const deadline = performance.now() + graceMs;
  // Who merely stands in the workspace is ended only if it still does at the second look: it may be passing by.
  let standing = new Set(first.filter(({ by }) => by === 'standing').map(key));
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return look().length > 0;
    await sleep(Math.min(pauseMs, leftMs));
    const found = look();
    if (found.length === 0 && look().length === 0) return false;
    terminate(found.filter((each) => standing.has(key(each))));
    standing = new Set();
  }
}

async function kill(look: Look): Promise<void> {
  const deadline = performance.now() + afterKillMs;
  for (let pauseMs = shortestPauseMs; performance.now() < deadline; pauseMs = longestPauseMs) {
    const frozen = freeze(look);
    if (frozen.length === 0 && isClear(look)) return;
    for (const each of frozen) signalProcess(each, 'SIGKILL');
    await sleep(pauseMs);
  }
}

/** One that forks and ends without end can slip through a look or two. */
function isClear(look: Look): boolean {
  return [1, 2, 3, 4, 5].every(() => look().length === 0);
}

/** A fork bomb is stopped before it is killed: otherwise its members take the places of the dead. */
function freeze(look: Look): readonly Found[] {
  const frozen = new Map<string, Found>();
  const stop = (each: Found) => {
    if (frozen.has(key(each))) return;
    frozen.set(key(each), each);
    signalProcess(each, 'SIGSTOP');
  };
  for (let before = -1, round = 0; before !== frozen.size && round < freezeRounds; round += 1) {
    before = frozen.size;
    look(stop).forEach(stop);
  }
  return [...frozen.values()];
}

/** A stopped process does not see TERM before it goes on. */
function terminate(found: readonly Found[]): void {
  for (const each of found) signalProcess(each, 'SIGTERM');
  for (const each of found) signalProcess(each, 'SIGCONT');
}

function key({ pid, start }: Found): string {
  return `${pid}:${start}`;
}
