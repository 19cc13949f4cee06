import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crashPoint } from './crash-point.ts';
import { readStat } from './process/stat.ts';

/**
 * Replaces a file as a whole: a reader sees the old content or the new, never a part. What a killed process left of
 * an attempt is removed. Throws what the file system throws; then nothing is left of it either.
 */
export function replaceFile(path: string, content: string, { mode }: { readonly mode: number }): void {
  clearDrafts(path);
  const draft = draftOf(path, process.pid);
  try {
    writeFileSync(draft, content, { mode, flag: 'wx' });
    crashPoint('file.drafted');
    renameSync(draft, path);
    crashPoint('file.replaced');
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Hidden and with an ending of its own, so that node_exporter's `*.prom` does not find it. */
function draftOf(path: string, pid: number): string {
  return join(dirname(path), `.${basename(path)}.${pid}.tmp`);
}

function clearDrafts(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    const pid = Number(/\.(\d+)\.tmp$/.exec(name)?.[1]);
    const isDraft = join(folder, name) === draftOf(path, pid);
    if (isDraft && (pid === process.pid || !readStat(pid))) rmSync(join(folder, name), { force: true });
  }
}
