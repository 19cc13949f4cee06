import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/**
 * Every process that was started on behalf of a site: its folder is in the environment (as HOME, or in the mark
 * of a build) or on the command line. This process is none.
 */
export function processesOf(folder: string): readonly Process[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .flatMap((pid) => {
      const command = contentOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
      const belongs = command.includes(folder) || contentOf(`/proc/${pid}/environ`).includes(folder);
      return belongs ? [{ pid, command }] : [];
    });
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
