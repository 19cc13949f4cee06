import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../user-error.ts';

/** Replaces a file as a whole: a reader sees the old text or the new, never a part. Throws a UserError. */
export function writeAtomically(file: string, text: string): void {
  // Hidden and with an ending of its own, so that node_exporter's `*.prom` does not find it.
  const partial = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  try {
    writeFileSync(partial, text, { mode: 0o644 });
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new UserError(`${file} cannot be written: ${(error as Error).message}`);
  }
}
