import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crashPoint } from './crash-point.ts';
import { readStat } from './process/stat.ts';

/**
 * Replaces a file as a whole: a reader sees the old content or the new, never a part. What a killed process left of
 * an attempt is removed, if it can be. Throws what the file system throws; then nothing is left of it either.
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

/** As far as the folder lets them be seen and removed: others may write it too. */
function clearDrafts(path: string): void {
  for (const draft of [draftOf(path, process.pid), ...deadDrafts(path)]) {
    try {
      rmSync(draft, { force: true });
    } catch {
      // Whether the own name is free shows when it is written.
    }
  }
}

function deadDrafts(path: string): readonly string[] {
  return namesIn(dirname(path)).flatMap((name) => {
    const pid = Number(/\.(\d+)\.tmp$/.exec(name)?.[1]);
    const draft = draftOf(path, pid);
    return join(dirname(path), name) === draft && !readStat(pid) ? [draft] : [];
  });
}

/** A folder may be written that may not be listed. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
