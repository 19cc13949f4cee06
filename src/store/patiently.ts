import type { Db } from './database.ts';

/** In all, in ms. A backup of a large database over a slow network takes minutes. */
const patienceMs = 600_000;
const pauseMs = 1_000;
/** A try holds up everything else in the process, as the guard of a script's time and of the size of its log. */
const tryMs = 50;

interface Waiting {
  readonly db: Db;
  /** False when a signal came: one last try then waits as long as any other write. */
  readonly pause: (ms: number) => Promise<boolean>;
}

/**
 * Writes, again and again while another program keeps the database locked: what a build of hours came to must not
 * be lost to a backup.
 */
export async function patiently<T>({ db, pause }: Waiting, write: () => T): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return inHaste(db, write);
    } catch (error) {
      const isLocked = (error as { code?: unknown }).code === 'SQLITE_BUSY';
      if (!isLocked || performance.now() > giveUpAt) throw error;
    }
    if (!(await pause(pauseMs))) return write();
  }
}

function inHaste<T>(db: Db, write: () => T): T {
  const usualMs = db.pragma('busy_timeout', { simple: true });
  db.pragma(`busy_timeout = ${tryMs}`);
  try {
    return write();
  } finally {
    db.pragma(`busy_timeout = ${usualMs}`);
  }
}
