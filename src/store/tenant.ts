import { existsSync } from 'node:fs';
import { UserError } from '../user-error.ts';
import type { Db } from './database.ts';
import { readMeta, writeMeta } from './meta.ts';

/**
 * Lets one configuration work on a datadir: a second one would take the repositories of the first for no longer
 * configured, build what waits with scripts of its own, and sweep away the other's workspaces. `file`: its real
 * path; of one that is gone any other may take the place. Throws a UserError.
 */
export function moveIn(db: Db, file: string): void {
  refuseSecond(db, file);
  if (readMeta(db, 'config_file') !== file) writeMeta(db, 'config_file', file);
}

/** Throws a UserError where `file` may not move in. */
export function refuseSecond(db: Db, file: string): void {
  const tenant = readMeta(db, 'config_file');
  if (tenant === null || tenant === file || !existsSync(tenant)) return;
  throw new UserError(
    `${db.name} is that of ${tenant}: give ${file} a "datadir" of its own, or move ${tenant} away if this takes its place`,
  );
}
