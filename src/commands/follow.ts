import { accessSync, constants, createReadStream } from 'node:fs';
import { isActive, type State } from '../domain/build.ts';
import { buildLogFile } from '../logs/build-log.ts';
import { harmlessStream } from '../output/harmless-stream.ts';
import { readBuild } from '../store/build-rows.ts';
import { databaseFile } from '../store/database.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';
import { changes } from './changes.ts';
import { reading } from './reading.ts';

export interface FollowRequest {
  readonly datadir: string;
  readonly buildId: number;
  readonly terminal: Terminal;
  /** Of `max_log_size`: a log that outgrows it is cut down to that, and the build ends. */
  readonly maxLogSizeBytes: number;
  /** Stops following. */
  readonly signal: AbortSignal;
}

/** Where the system reports no changes, so often. */
const lookEveryMs = 2000;

/**
 * Prints a build's output from its beginning until the build has ended, in whatever process it runs.
 * Resolves to its state: not final only when `signal` aborted; null when the build was removed meanwhile.
 */
export async function followBuild(request: FollowRequest): Promise<State | null> {
  const { datadir, buildId, signal, maxLogSizeBytes } = request;
  const database = databaseFile(datadir);
  const log = buildLogFile(datadir, buildId);
  const printer = logPrinter(log, request);
  let state: State | null = 'queued';
  for await (const changed of changes([database, log], { signal, atLeastEveryMs: lookEveryMs })) {
    // The state is read before the log: whatever a build that has ended wrote is there then.
    if (changed.has(database)) state = reading(datadir, (db) => readBuild(db, buildId)?.state ?? null);
    const isOver = state === null || !isActive(state);
    await printer.printNew(isOver ? null : maxLogSizeBytes);
    if (isOver) break;
  }
  printer.end();
  return state;
}

interface LogPrinter {
  /** Prints what was added since the last time; nothing behind the first `limit` bytes, which may be cut off yet. */
  printNew(limit: number | null): Promise<void>;
  end(): void;
}

/** Bytes as they are into a pipe, made harmless for a terminal. A log that is not there has nothing to print. */
export function logPrinter(
  file: string,
  { terminal, signal }: Pick<FollowRequest, 'terminal' | 'signal'>,
): LogPrinter {
  const harmless = terminal.isTerminal ? harmlessStream(terminal) : null;
  let printed = 0;
  return {
    async printNew(limit) {
      const end = (limit ?? Number.POSITIVE_INFINITY) - 1;
      if (printed > end || !isThere(file)) return;
      for await (const chunk of createReadStream(file, { start: printed, end, highWaterMark: 256 * 1024 })) {
        if (signal.aborted) return;
        printed += (chunk as Buffer).length;
        terminal.write(harmless ? harmless.push(chunk as Buffer) : (chunk as Buffer));
      }
    },
    end: () => {
      if (harmless) terminal.write(harmless.end());
    },
  };
}

/** Throws a UserError where it may not be read: logs are for their owner and group. */
export function isThere(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return false;
    throw new UserError(`${file} may not be read by this user: be the user of the crontab, or in its group`);
  }
}
