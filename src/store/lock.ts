import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { withWayOut } from './database.ts';

/** A lock that the kernel keeps: it ends with its process, however that ends, and children do not inherit it. */
export interface Lock extends Disposable {
  release(): void;
}

/**
 * Takes the datadir's lock `name` (a file name), or null when another process, or this one, holds it.
 * The means is an empty SQLite file, exclusively locked: no pid file can go stale. Throws a UserError: it may not be
 * written, since another user has made it.
 */
export function tryLock(datadir: string, name: string): Lock | null {
  const folder = join(datadir, 'locks');
  const file = join(folder, `${name}.lock`);
  try {
    // Who may read a lock's file can hold it, and so keep ampci from working without a word.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const db = new Database(file, { timeout: 0 });
    return exclusively(db);
  } catch (error) {
    throw withWayOut(file, error);
  }
}

function exclusively(db: Database.Database): Lock | null {
  try {
    // SQLite opens for reading what it may not write, and there an exclusive transaction excludes nobody.
    accessSync(db.name, constants.W_OK);
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return null;
    throw error;
  }
  const release = () => {
    if (db.open) db.close();
  };
  return { release, [Symbol.dispose]: release };
}

export interface Patience {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits for the lock, without blocking the event loop. null: not free within `timeoutMs`. Throws when `signal` aborts. */
export async function lock(datadir: string, name: string, patience: Patience): Promise<Lock | null> {
  const giveUpAt = performance.now() + patience.timeoutMs;
  for (let waitMs = 10; ; waitMs = Math.min(waitMs * 2, 250)) {
    const taken = tryLock(datadir, name);
    if (taken) return taken;
    if (performance.now() + waitMs > giveUpAt) return null;
    await pause(waitMs, undefined, { signal: patience.signal });
  }
}
