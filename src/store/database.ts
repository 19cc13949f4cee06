import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { crashPoint } from '../crash-point.ts';
import { UserError } from '../user-error.ts';
import { migrations, schemaVersion } from './schema.ts';

export type Db = Database.Database;

/** How long a writer waits for another, in ms. */
const busyTimeoutMs = 10_000;

export function databaseFile(datadir: string): string {
  return join(datadir, 'ampci.db');
}

/**
 * Opens the datadir's database for writing; makes or migrates it first where needed.
 * Throws a UserError: missing beside existing logs, newer than this program, corrupt, another user's, read-only,
 * locked, full.
 */
export function openForWriting(datadir: string): Db {
  const file = databaseFile(datadir);
  return sayingTheWayOut(file, () => {
    refuseToForget(datadir);
    refuseAnothers(file);
    makeDatadir(datadir);
    const db = new Database(file, { timeout: busyTimeoutMs });
    crashPoint('database.opened');
    try {
      configure(db);
      migrate(db, file);
    } catch (error) {
      db.close();
      throw error;
    }
    return preparingOnce(db);
  });
}

function makeDatadir(datadir: string): void {
  try {
    makeFolder(datadir);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR')
      throw new UserError(`${datadir} is no folder, or below a file: correct "datadir"`);
    if (code === 'ENOENT' || code === 'EPERM')
      throw new UserError(`${datadir} cannot be made: ${message}: correct "datadir"`);
    throw error;
  }
}

/** One by one: to make all at once, Node tries without end where no folder can be made (/proc, an automounter's). */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been faster.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Each query is prepared once: preparing takes longer than most of them, and whatever was prepared stays in
 * memory until the next garbage collection. No query may be run while its rows are still iterated over.
 */
function preparingOnce(db: Db): Db {
  const prepare = db.prepare.bind(db);
  const prepared = new Map<string, Database.Statement>();
  const once = (sql: string) => {
    const statement = prepared.get(sql) ?? prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return Object.assign(db, { prepare: once as Db['prepare'] });
}

/** An empty database that leaves nothing behind: for a dry run before the first poll. */
export function openInMemory(): Db {
  const db = new Database(':memory:');
  configure(db);
  migrate(db, ':memory:');
  return db;
}

/**
 * Opens it for reading, also as a user who may not write the folder. null: there is none yet.
 * Throws a UserError as `openForWriting` does.
 */
export function openForReading(datadir: string): Db | null {
  const file = databaseFile(datadir);
  if (!existsSync(file)) return null;
  return sayingTheWayOut(file, () => {
    const db = new Database(file, { readonly: true, timeout: busyTimeoutMs });
    const version = db.pragma('user_version', { simple: true }) as number;
    if (version > schemaVersion) refuseNewer(file, version);
    if (version > 0) return db;
    refuseUnversioned(db, file);
    db.close();
    return null;
  });
}

/** WAL cannot be read by a monitoring user who may not write the folder; the rollback journal can. */
function configure(db: Db): void {
  db.pragma('journal_mode = TRUNCATE');
  db.pragma('foreign_keys = ON');
}

function migrate(db: Db, file: string): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > schemaVersion) refuseNewer(file, version);
  if (version === schemaVersion) return;
  if (version === 0) {
    refuseUnversioned(db, file);
    db.pragma('auto_vacuum = INCREMENTAL');
  }
  db.transaction(() => {
    // Another process may have migrated while this one waited for the lock.
    const current = db.pragma('user_version', { simple: true }) as number;
    for (const step of migrations.slice(current)) db.exec(step);
    if (current === 0) {
      db.prepare("INSERT INTO meta (key, value) VALUES ('datadir_id', lower(hex(randomblob(8))))").run();
    }
    crashPoint('database.migrating');
    db.pragma(`user_version = ${schemaVersion}`);
  }).immediate();
}

function refuseNewer(file: string, version: number): never {
  throw new UserError(
    `${file} has schema version ${version}, this ampci knows up to ${schemaVersion}: run the newer ampci that wrote it, or restore the copy from before the update`,
  );
}

/** A dump of a database leaves out its version, and what is restored from it would be taken for a new one. */
function refuseUnversioned(db: Db, file: string): void {
  // In one look: another process may be making the database.
  const { tables, version } = db
    .prepare(
      'SELECT (SELECT count(*) FROM sqlite_schema) AS tables, user_version AS version FROM pragma_user_version',
    )
    .get() as { tables: number; version: number };
  if (tables === 0 || version > 0) return;
  throw new UserError(
    `${file} has tables but no schema version: if it was restored from a dump of version ${schemaVersion}, run: sqlite3 ${file} 'PRAGMA user_version = ${schemaVersion}'; else move it away (ampci wrote nothing to it)`,
  );
}

/** Root may write it. What root makes beside it, locks and objects of mirrors, its user cannot write from then on. */
export function refuseAnothers(file: string): void {
  const uid = statSync(file, { throwIfNoEntry: false })?.uid;
  if (uid === undefined || uid === process.geteuid?.()) return;
  throw new UserError(
    `${file} belongs to another user: run this as that one, by sudo -u '#${uid}', or give all of its folder to the user of the crontab`,
  );
}

/** Rebuilding the world because a disk was not mounted, or was full when a copy was restored, is worse than stopping. */
export function refuseToForget(datadir: string): void {
  const file = databaseFile(datadir);
  if (statSync(file, { throwIfNoEntry: false })?.size) return;
  const builds = join(datadir, 'logs', 'builds');
  if (!existsSync(builds) || readdirSync(builds).length === 0) return;
  throw new UserError(
    `${file} is ${existsSync(file) ? 'empty' : 'missing'}, but ${builds} holds logs of earlier builds: restore the database, or move ${join(datadir, 'logs')} away to start anew`,
  );
}

const waysOut: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'is locked by another program (a backup?) for more than 10 s: try again when that has ended',
  SQLITE_CORRUPT: 'is damaged: restore a copy, or keep it aside and start anew (ampci wrote nothing to it)',
  SQLITE_NOTADB: 'is not a database: restore a copy, or move it away (ampci wrote nothing to it)',
  SQLITE_READONLY_ROLLBACK:
    'holds a change that a dead process left half made: the next "ampci poll" undoes it',
  SQLITE_READONLY: 'cannot be written: check the owner and the mount of its folder',
  SQLITE_CANTOPEN: 'cannot be opened: check the owner and the rights of the file and its folder',
  SQLITE_FULL: 'cannot grow, the disk is full: make room',
  SQLITE_IOERR: 'cannot be read or written: check the disk (full, or failing?)',
  SQLITE_PERM: 'may not be accessed: check the owner and the rights',
};

/** Turns what SQLite throws into a sentence with the way out; other errors pass through. */
function sayingTheWayOut<T>(file: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw withWayOut(file, error);
  }
}

export function withWayOut(file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = (error as { code?: unknown }).code;
  if (error instanceof Database.SqliteError && typeof code === 'string') {
    const wayOut = Object.entries(waysOut).find(([prefix]) => code.startsWith(prefix))?.[1];
    if (wayOut) return new UserError(`${file} ${wayOut} (${code}: ${error.message})`);
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOSPC') {
    return new UserError(`${file} cannot be written: ${error.message}`);
  }
  return error;
}
