import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../user-error.ts';

/** A log file, open for appending only. */
export interface Appending extends Disposable {
  readonly fd: number;
  /** One write, so that lines of processes that overlap stay whole. On a full disk it is lost: other things tell of that. */
  line(text: string): void;
}

/** Opens a log, and makes it and its folder where needed: readable by owner and group. Throws a UserError. */
export function openForAppending(file: string): Appending {
  const fd = open(file);
  return {
    fd,
    line: (text) => {
      try {
        writeSync(fd, text);
      } catch {
        // See above.
      }
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

function open(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o750 });
    return openSync(file, 'a', 0o640);
  } catch (error) {
    throw new UserError(
      `${file} cannot be written: ${(error as Error).message}; check the owner, the rights and the free space of its folder`,
    );
  }
}
