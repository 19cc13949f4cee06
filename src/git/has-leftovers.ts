import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Whether `Git.sweep` would find anything. Loads nothing of git, so that an idle tick may ask. */
export function hasLeftovers(datadir: string): boolean {
  const folder = join(datadir, 'mirrors');
  return existsSync(folder) && readdirSync(folder).some((entry) => /\.git\.(partial|broken)-/.test(entry));
}
