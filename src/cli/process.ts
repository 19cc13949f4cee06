import { fstatSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isatty } from 'node:tty';
import type { Terminal } from '../terminal.ts';

/** The process that ampci runs in: the one place where arguments, environment, streams and signals are touched. */
export interface Process {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Aborts on the first SIGTERM, SIGINT or SIGHUP. */
  readonly signal: AbortSignal;
  /** Calls back at the second such signal and at any further one. */
  onInsisted(callback: () => void): void;
  onUncaught(callback: (error: unknown) => void): void;
  /** Text for stdout, written when it returns. */
  write(text: string): void;
  /** A line or more on stderr, written when it returns: what cron mails. */
  tell(text: string): void;
  exitWith(code: number): void;
  /** Ends at once, whatever is still open. Default: with the code that was said before. */
  exit(code?: number): never;
  /** False when a signal came before the time was over. */
  pause(ms: number): Promise<boolean>;
}

export function realProcess(): Process {
  const { signal, onInsisted } = listenToSignals();
  return {
    argv: process.argv,
    environment: process.env,
    terminal: realTerminal(),
    signal,
    onInsisted,
    onUncaught: (callback) => void process.on('uncaughtException', callback),
    write: (text) => writeAll(1, text),
    tell: (text) => writeAll(2, `${text}\n`),
    exitWith: (code) => {
      process.exitCode = code;
    },
    // Without a code Node would forget the one that was said before.
    exit: (code) => process.exit(code ?? process.exitCode),
    pause: (ms) => pause(Math.max(ms, 0), true, { signal }).catch(() => false),
  };
}

function listenToSignals(): Pick<Process, 'signal' | 'onInsisted'> {
  const controller = new AbortController();
  const insisted: (() => void)[] = [];
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) for (const callback of insisted) callback();
      else controller.abort(name);
    });
  }
  return { signal: controller.signal, onInsisted: (callback) => void insisted.push(callback) };
}

/** `process.stdout` and node:tty are touched on a terminal only: each costs an idle tick a millisecond. */
function realTerminal(): Terminal {
  const isTerminal = fstatSync(1).isCharacterDevice() && isatty(1);
  const { NO_COLOR, TERM } = process.env;
  return {
    isTerminal,
    // A terminal of no size (a pseudo-terminal that nobody gave one) is taken for the usual one.
    columns: () => (isTerminal ? process.stdout.columns || 80 : 0),
    rows: () => (isTerminal ? process.stdout.rows || 24 : 0),
    color: isTerminal && !NO_COLOR && TERM !== 'dumb',
    write: (text) => writeAll(1, text),
  };
}

/** Written when it returns, so that no exit cuts it off. */
function writeAll(fd: number, text: string | Uint8Array): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Whoever reads has seen enough (`ampci history | head -1`): the end, not an error.
      if (code === 'EPIPE' && fd === 1) process.exit();
      if (code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
