import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { ownLogName, repoLogName } from './domain/log-name.ts';
import { openForAppending } from './logs/append.ts';
import { appendRange } from './logs/copy.ts';
import { formatLine } from './logs/line.ts';
import type { Range } from './logs/mask.ts';

/** Lines of one log file: each is written, whole, when the call returns; on a full disk it is lost. */
export interface Lines {
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
}

/** What ampci does: `logs/ampci.log`. */
export interface Log extends Lines {
  repo(repo: { readonly owner: string; readonly name: string }): RepoLog;
}

/** `logs/<repo>.log` */
export interface RepoLog extends Lines {
  /** An error line, and below it the raw bytes of a part of a build's log, which must be masked already. */
  output(text: string, part: Range): Promise<void>;
}

export interface LogSettings {
  readonly datadir: string;
  /** Owner part of `baseurl`. */
  readonly owner: string;
  /** Name of the command: the `poll` of `[ampci:poll]`. */
  readonly command: string;
  readonly format: 'text' | 'json';
  readonly mask: (text: string) => string;
  readonly clock: Clock;
  /** Is given every line of ampci's own log; null: nobody. */
  readonly echo: ((line: string) => void) | null;
}

type Level = 'info' | 'warn' | 'error';

/** Names of pino's levels in the predecessor's log. */
const levels: Readonly<Record<Level, string>> = { info: 'INFO', warn: 'WARNING', error: 'ERROR' };

/** Opens nothing: files come with their first line. Lines throw a UserError if theirs cannot be opened. */
export async function openLog(settings: LogSettings): Promise<Log> {
  const compose = settings.format === 'json' ? await jsonLines(settings) : textLines(settings);
  const folder = join(settings.datadir, 'logs');

  function linesOf(file: string, echo: LogSettings['echo'] = null): Lines {
    const write = (level: Level) => (text: string) => {
      const line = compose(level, text);
      const log = openForAppending(file);
      log.line(line);
      log[Symbol.dispose]();
      echo?.(line);
    };
    return { info: write('info'), warning: write('warn'), error: write('error') };
  }

  function repo(name: Parameters<Log['repo']>[0]): RepoLog {
    const file = join(folder, repoLogName(name, settings.owner));
    async function output(text: string, part: Range): Promise<void> {
      const log = openForAppending(file);
      await appendRange(log.fd, compose('error', text), part)
        .catch(unlessDiskIsFull)
        .finally(() => log[Symbol.dispose]());
    }
    return { ...linesOf(file), output };
  }

  return { ...linesOf(join(folder, ownLogName), settings.echo), repo };
}

type Compose = (level: Level, text: string) => string;

/** Without pino, which has no part in them and takes a tick that builds 5 ms. */
function textLines({ command, mask, clock }: LogSettings): Compose {
  const name = `ampci:${command}`;
  return (level, text) =>
    formatLine({ time: clock(), name, level: levels[level], pid: process.pid, msg: mask(text) });
}

async function jsonLines({ command, mask, clock }: LogSettings): Promise<Compose> {
  const { pino } = await import('pino');
  let json = '';
  const logger = pino(
    { name: `ampci:${command}`, timestamp: () => `,"time":${clock()}` },
    { write: (line) => (json = line) },
  );
  return (level, text) => {
    logger[level](mask(text));
    return json;
  };
}

/** Then what was not written yet is lost, as lines are. */
function unlessDiskIsFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error;
}
