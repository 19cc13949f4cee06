import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Absolute path of a file that ships with ampci, whether this runs from `src` or from a bundle in `dist`. */
export function packageFile(name: string): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'amp.yaml.example')) && dirname(folder) !== folder)
    folder = dirname(folder);
  return join(folder, name);
}
