import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a clone in the workspace takes objects from the mirror: without it, its history would be gone. */
export function borrowsFrom(workspace: string, mirror: string): boolean {
  const lender = join(mirror, 'objects');
  return [workspace, join(workspace, 'src_repos')]
    .flatMap((folder) => namesIn(folder).map((name) => join(folder, name)))
    .some((clone) => lendersOf(clone).includes(lender));
}

function lendersOf(clone: string): readonly string[] {
  try {
    return readFileSync(join(clone, '.git/objects/info/alternates'), 'utf8').split('\n');
  } catch {
    // No clone.
    return [];
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
