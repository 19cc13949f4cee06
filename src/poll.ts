import type { Context } from './context.ts';
import { crashPoint } from './crash-point.ts';
import { assembleCrew } from './crew.ts';
import type { Build } from './domain/build.ts';
import { observe, type PollRequest } from './poll/observe.ts';
import { recover } from './poll/recover.ts';
import { savePoll } from './poll/save.ts';
import { tellAll } from './poll/tell.ts';
import { isPruneDue, prune } from './prune.ts';
import { tryLock } from './store/lock.ts';
import type { PollRecord } from './store/polls.ts';

/** What a tick came to. `busy`: another poll held the lock, and nothing was done. */
export interface PollReport {
  readonly outcome: PollRecord['outcome'] | 'busy';
  readonly builds: readonly Build[];
}

export interface Rhythm {
  /** How long to go on polling, in ms; 0: once. */
  readonly forMs: number;
  /** From the start of a poll to the start of the next, in ms. */
  readonly everyMs: number;
}

/** A tick: recover, observe, plan and store; then run what is queued, and tell whom it concerns. */
export async function tick(context: Context, request: PollRequest, rhythm: Rhythm): Promise<PollReport> {
  const crew = assembleCrew(context);
  const until = context.clock() + rhythm.forMs;
  let outcome: PollReport['outcome'];
  for (;;) {
    const startedAt = context.clock();
    outcome = await poll(context, request);
    if (outcome === 'busy') break;
    tellAll(context);
    crew.hire();
    const next = startedAt + rhythm.everyMs;
    if (next >= until || !(await context.pause(next - context.clock()))) break;
  }
  const builds = await crew.done();
  crashPoint('poll.builds_done');
  tellAll(context);
  if (outcome !== 'busy' && isPruneDue(context)) await prune(context);
  return { outcome, builds };
}

/** One look, under the lock that lets only one process look at a time. The builds run outside it. */
async function poll(context: Context, request: PollRequest): Promise<PollReport['outcome']> {
  const lock = tryLock(context.config.datadir, 'poll');
  if (!lock) return 'busy';
  try {
    crashPoint('poll.locked');
    await recover(context);
    crashPoint('poll.recovered');
    const look = await observe(context, request);
    crashPoint('poll.observed');
    savePoll(context, look);
    crashPoint('poll.saved');
    return look.observation.outcome;
  } finally {
    lock.release();
  }
}
