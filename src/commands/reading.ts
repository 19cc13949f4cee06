import { type Db, databaseFile, openForReading, withWayOut } from '../store/database.ts';
import { UserError } from '../user-error.ts';

/** Lends the datadir's database for reading. Throws a UserError: there is none yet, or it cannot be read. */
export function reading<T>(datadir: string, use: (db: Db) => T): T {
  const db = openForReading(datadir);
  if (!db) throw new UserError(`there is no database ${databaseFile(datadir)} yet: run "ampci poll" first`);
  try {
    return use(db);
  } catch (error) {
    throw withWayOut(databaseFile(datadir), error);
  } finally {
    db.close();
  }
}
