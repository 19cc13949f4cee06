/**
 * The real program under a pseudo-terminal, as a person meets it.
 *
 *     const session = inTerminal(site, ['build', 'one']);
 *     await session.until(/compile/);
 *     session.type(ctrlC);
 *     expect((await session.ended).exitCode).toBe(1);
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cleanEnvironment, root } from '../site/program.ts';
import type { Site } from '../site/site.ts';
import { type VirtualScreen, virtualScreen } from './virtual-screen.ts';

export const ctrlC = '\u0003';
export const ctrlD = '\u0004';

/** null: pseudo-terminals can be made here; else why not. */
export const noTerminal = existsSync('/usr/bin/script') ? null : 'script(1) of bsdutils is not there';

export interface Session {
  readonly pid: number | undefined;
  readonly screen: VirtualScreen;
  /** All that was written to the terminal, colours and all. */
  written(): string;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Until the screen, its lines joined, looks so. */
  until(look: RegExp): Promise<void>;
  /** The exit code, and what `stty` said of the terminal afterwards. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly settings: string }>;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

const deadlineMs = 30_000;

export function inTerminal(site: Site, args: readonly string[], options: TerminalOptions = {}): Session {
  const { columns = 80, rows = 24, env = {} } = options;
  const notes = mkdtempSync(join(site.folder, 'terminal-'));
  const line = [process.execPath, join(root, 'bin', 'ampci.js'), ...args].map(quoted).join(' ');
  const script = `trap : INT; tty > ${notes}/tty; stty cols ${columns} rows ${rows}; ${line}; code=$?; stty -a > ${notes}/after; exit $code`;
  const child = spawn('/usr/bin/script', ['-qfec', script, '/dev/null'], {
    cwd: site.folder,
    env: {
      ...cleanEnvironment(join(site.folder, 'home')),
      SHELL: '/bin/sh',
      TERM: 'xterm',
      LC_ALL: 'C.UTF-8',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const screen = virtualScreen(columns, rows);
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written += text;
    screen.write(text);
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    pid: child.pid,
    screen,
    written: () => written,
    type: (keys) => void child.stdin.write(keys),
    resize(newColumns, newRows) {
      screen.resize(newColumns, newRows);
      const tty = readFileSync(join(notes, 'tty'), 'utf8').trim();
      spawnSync('stty', ['-F', tty, 'cols', String(newColumns), 'rows', String(newRows)]);
    },
    async until(look) {
      const giveUpAt = performance.now() + deadlineMs;
      while (!look.test(screen.lines().join('\n'))) {
        if (child.exitCode !== null || performance.now() > giveUpAt)
          throw new Error(`never ${look}:\n${screen.lines().join('\n')}`);
        await pause(20);
      }
    },
    ended: closed.then((exitCode) => {
      child.stdin.destroy();
      const after = join(notes, 'after');
      return { exitCode, settings: existsSync(after) ? readFileSync(after, 'utf8') : '' };
    }),
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
