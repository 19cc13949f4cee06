import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { freeBytesIfKnown } from '../disk.ts';
import type { Config } from '../domain/config.ts';
import type { DatabaseFacts, FolderFacts } from '../domain/site-facts.ts';
import {
  databaseFile,
  openForReading,
  refuseAnothers,
  refuseToForget,
  withWayOut,
} from '../store/database.ts';
import { refuseSecond } from '../store/tenant.ts';
import { UserError } from '../user-error.ts';
import type { Probes } from './check.ts';

/** Looks at the file that shall run. */
export const probeScript: Probes['script'] = (path) => {
  const nothing = { interpreter: null, interpreterFound: false };
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return { found: 'missing', ...nothing };
  if (!stat.isFile()) return { found: 'no_file', ...nothing };
  // root may read and start what it likes, so long as somebody may start it.
  if (!may(path, constants.X_OK)) return { found: 'not_executable', ...nothing };
  if (!may(path, constants.R_OK)) return { found: 'unreadable', ...nothing };
  const start = firstBytes(path, 256);
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(start)?.[1] ?? null;
  if (interpreter !== null)
    return { found: 'script', interpreter, interpreterFound: existsSync(interpreter) };
  return { found: start.startsWith('\x7fELF') ? 'binary' : 'text', ...nothing };
};

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function firstBytes(path: string, count: number): string {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(count);
    return buffer.toString('latin1', 0, readSync(fd, buffer));
  } finally {
    closeSync(fd);
  }
}

/** Looks at a folder, or at the nearest one above where it is missing. */
export function probeFolder(path: string): FolderFacts {
  const stat = statSync(path, { throwIfNoEntry: false });
  const found = !stat ? 'missing' : stat.isDirectory() ? 'folder' : 'no_folder';
  const existing = nearestExisting(path);
  const writable = may(existing, constants.W_OK | constants.X_OK);
  return { path, found, writable, freeBytes: freeBytesIfKnown(existing), mount: mountAt(existing) };
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** Linux tells mounts here, spaces in their names as `\040`; elsewhere nothing is known of them. */
function mountAt(path: string): FolderFacts['mount'] {
  try {
    return findMount(readFileSync('/proc/self/mounts', 'utf8'), realpathSync(path));
  } catch {
    return null;
  }
}

/** The mount that holds a path: the longest that contains it, and of several there the last, which covers the others. */
export function findMount(mounts: string, path: string): FolderFacts['mount'] {
  let nearest: FolderFacts['mount'] = null;
  for (const line of mounts.split('\n')) {
    const [, escaped = '', , options = ''] = line.split(' ');
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const contains = point !== '' && (path === point || path.startsWith(point === '/' ? '/' : `${point}/`));
    if (contains && point.length >= (nearest?.point.length ?? 0))
      nearest = { point, options: options.split(',') };
  }
  return nearest;
}

/** Opens the database as the commands that read it do, and asks for what refuses those that write. */
export function probeDatabase({ datadir, file }: Pick<Config, 'datadir' | 'file'>): DatabaseFacts {
  const database = databaseFile(datadir);
  try {
    refuseToForget(datadir);
    const db = openForReading(datadir);
    if (!db) return { kind: 'none', file: database };
    try {
      refuseAnothers(database);
      refuseSecond(db, realpathSync(file));
    } finally {
      db.close();
    }
    return { kind: 'usable', file: database };
  } catch (thrown) {
    const error = withWayOut(database, thrown);
    if (error instanceof UserError) return { kind: 'unusable', message: error.message };
    throw error;
  }
}
