import { fstatSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { harmlessLines } from '../output/harmless.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';

/** The process that ampci runs in: the one place where arguments, environment, streams and signals are touched. */
export interface Process {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Aborts on the first SIGTERM, SIGINT or SIGHUP, and when nobody reads stdout any more. */
  readonly signal: AbortSignal;
  /** Calls back at the second such signal and at any further one. */
  onInsisted(callback: () => void): void;
  onUncaught(callback: (error: unknown) => void): void;
  /** Text for stdout, written when it returns. Throws a UserError where it cannot be written. */
  write(text: string): void;
  /** A line or more on stderr, written when it returns: what cron mails. False where it could not be written. */
  tell(text: string): boolean;
  exitWith(code: number): void;
  /** Ends at once, whatever is still open. Default: with the code that was said before. */
  exit(code?: number): never;
  /** False when a signal came before the time was over. */
  pause(ms: number): Promise<boolean>;
}

export function realProcess(): Process {
  const { signal, onInsisted, stop } = listenToSignals();
  const print = (text: string | Uint8Array) => {
    const trouble = writeAll(1, text);
    // Whoever reads has seen enough (`ampci history | head -1`): no error, but a build then ends as by Ctrl-C.
    if (trouble === 'EPIPE') stop('SIGPIPE');
    return trouble === 'EPIPE' ? null : trouble;
  };
  return {
    argv: process.argv,
    environment: process.env,
    terminal: realTerminal((text) => void print(text)),
    signal,
    onInsisted,
    onUncaught: (callback) => void process.on('uncaughtException', callback),
    write: (text) => {
      const trouble = print(text);
      if (trouble !== null) throw new UserError(`the output cannot be written: ${trouble}`);
    },
    tell: (text) => writeAll(2, `${harmlessLines(text)}\n`) === null,
    exitWith: (code) => {
      process.exitCode = code;
    },
    // Without a code Node would forget the one that was said before.
    exit: (code) => process.exit(code ?? process.exitCode),
    pause: (ms) => pause(Math.max(ms, 0), true, { signal }).catch(() => false),
  };
}

interface Signals extends Pick<Process, 'signal' | 'onInsisted'> {
  stop(reason: string): void;
}

function listenToSignals(): Signals {
  const controller = new AbortController();
  const insisted: (() => void)[] = [];
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) for (const callback of insisted) callback();
      else controller.abort(name);
    });
  }
  const { signal } = controller;
  return {
    signal,
    onInsisted: (callback) => void insisted.push(callback),
    stop: (reason) => controller.abort(reason),
  };
}

/** `process.stdout` and node:tty are touched on a terminal only: each costs an idle tick a millisecond. */
function realTerminal(write: Terminal['write']): Terminal {
  const isTerminal = fstatSync(1).isCharacterDevice() && isatty(1);
  const { NO_COLOR, TERM } = process.env;
  return {
    isTerminal,
    // A terminal of no size (a pseudo-terminal that nobody gave one) is taken for the usual one.
    columns: () => (isTerminal ? process.stdout.columns || 80 : 0),
    rows: () => (isTerminal ? process.stdout.rows || 24 : 0),
    color: isTerminal && !NO_COLOR && TERM !== 'dumb',
    write,
  };
}

/** Written when it returns, so that no exit cuts it off; returns the code of the error that it met, or null. */
function writeAll(fd: number, text: string | Uint8Array): string | null {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') return code;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return null;
}
