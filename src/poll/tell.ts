import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { buildLogFile, lastLines } from '../logs/build-log.ts';
import { failureSummary } from '../output/summary.ts';
import { markTold, untoldBuilds } from '../store/build-rows.ts';
import { tryLock } from '../store/lock.ts';
import { readOutbox, removeFromOutbox } from '../store/outbox.ts';
import { patiently } from '../store/patiently.ts';

/** Lines of a failed build's output that go into its mail. */
const linesOfOutput = 20;

/**
 * Tells the operator what was not told yet. Told first, then marked as told: a crash between repeats, never loses.
 * While another process tells, this one leaves it to that, or to the next tick. So it does where nobody listens.
 */
export async function tellAll(context: Context): Promise<void> {
  const { db, config } = context;
  if (readOutbox(db).length === 0 && untoldBuilds(db).length === 0) return;
  const turn = tryLock(config.datadir, 'tell');
  if (!turn) return;
  try {
    if (!(await tell(context))) {
      (await context.log()).error('stderr cannot be written: the next tick tells what is to be told');
    }
  } finally {
    turn.release();
  }
}

/** False when stderr could not be written. */
async function tell(context: Context): Promise<boolean> {
  const { db, config } = context;
  for (const { id, text } of readOutbox(db)) {
    if (!context.tell(text)) return false;
    crashPoint('tell.outbox_told');
    await patiently(context, () => removeFromOutbox(db, id));
    crashPoint('tell.outbox_removed');
  }
  for (const build of untoldBuilds(db)) {
    const log = buildLogFile(config.datadir, build.id);
    const summary = failureSummary({
      build,
      owner: config.owner,
      log,
      lastLines: lastLines(log, linesOfOutput),
    });
    if (!context.tell(summary)) return false;
    crashPoint('tell.build_told');
    await patiently(context, () => markTold(db, build.id));
    crashPoint('tell.build_marked');
  }
  return true;
}
