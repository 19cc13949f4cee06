import { join } from 'node:path';
import { buildLogName } from '../domain/log-name.ts';

/** A build's own log: the complete output of its scripts. */
export function buildLogFile(datadir: string, id: number): string {
  return join(datadir, 'logs', buildLogName(id));
}
