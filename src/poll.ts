import type { Context } from './context.ts';
import { crashPoint } from './crash-point.ts';
import { assembleCrew, type Crew } from './crew.ts';
import type { Build } from './domain/build.ts';
import type { Observation } from './forge/forge.ts';
import { observe, type PollRequest } from './poll/observe.ts';
import { recover } from './poll/recover.ts';
import { savePoll } from './poll/save.ts';
import { tellAll } from './poll/tell.ts';
import { isPruneDue, prune } from './prune.ts';
import { tryLock } from './store/lock.ts';
import type { PollRecord } from './store/polls.ts';

/**
 * What a tick came to. `busy`: another poll held the lock, and nothing was done; `stopped`: a signal came first;
 * `outdated`: amp.yaml was changed meanwhile, and the next tick looks by what it says now.
 */
export interface PollReport {
  readonly outcome: PollRecord['outcome'] | 'busy' | 'stopped' | 'outdated';
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
  let outcome: PollReport['outcome'];
  let builds: readonly Build[];
  try {
    outcome = await pollInRhythm(context, { request, rhythm, crew });
  } finally {
    // Whatever became of the poll: builds that run are not left alone.
    builds = await crew.done();
  }
  await tellAll(context);
  // Pruning fetches too: what could not be asked a moment ago would keep it for long.
  if (hasLooked(outcome) && isPruneDue(context)) await prune(context);
  return { outcome, builds };
}

function hasLooked(outcome: PollReport['outcome']): boolean {
  return outcome === 'observed' || outcome === 'unchanged';
}

interface Repeated {
  readonly request: PollRequest;
  readonly rhythm: Rhythm;
  readonly crew: Crew;
}

async function pollInRhythm(
  context: Context,
  { request, rhythm, crew }: Repeated,
): Promise<PollReport['outcome']> {
  // By the monotonic clock: the machine's may be set back meanwhile.
  const until = performance.now() + rhythm.forMs;
  let before: PollReport['outcome'] = 'stopped';
  for (;;) {
    const startedAt = performance.now();
    const outcome = await poll(context, request);
    if (outcome === 'outdated') return outcome;
    // What a signal cut off is unknown; what the look before it came to stays true.
    if (outcome === 'stopped') return before;
    before = outcome;
    if (outcome !== 'busy') {
      await tellAll(context);
      crew.hire();
    }
    const next = startedAt + rhythm.everyMs;
    if (next >= until || !(await context.pause(next - performance.now()))) return outcome;
  }
}

/** One look, under the lock that lets only one process look at a time. The builds run outside it. */
export async function poll(context: Context, request: PollRequest): Promise<PollReport['outcome']> {
  const lock = tryLock(context.config.datadir, 'poll');
  if (!lock) return 'busy';
  try {
    crashPoint('poll.locked');
    await recover(context);
    crashPoint('poll.recovered');
    const look = await observe(context, request);
    crashPoint('poll.observed');
    // What a signal cut off says nothing about the forge.
    if (context.signal.aborted) return 'stopped';
    if (context.isOutdated()) return 'outdated';
    savePoll(context, look);
    crashPoint('poll.saved');
    await logOutcome(context, look.observation);
    return look.observation.outcome;
  } finally {
    lock.release();
  }
}

/** What keeps ampci from looking is in its log every time; the operator is told when it begins. */
async function logOutcome(context: Context, observation: Observation): Promise<void> {
  if (observation.outcome === 'failed') (await context.log()).error(`cannot poll: ${observation.message}`);
  if (observation.outcome === 'limited') (await context.log()).info(`not polling: ${observation.message}`);
  if (observation.outcome === 'observed' && observation.cut !== null)
    (await context.log()).warning(`not everything was read: ${observation.cut}; the next polls go on`);
}
