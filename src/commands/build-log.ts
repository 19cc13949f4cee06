import { join } from 'node:path';

/** A build's own log: the complete output of its scripts. */
export function buildLogFile(datadir: string, id: number): string {
  return join(datadir, 'logs', 'builds', `${id}.log`);
}
