import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crashPoint } from '../crash-point.ts';
import { buildLogName } from '../domain/log-name.ts';
import { maskText } from '../domain/secret-forms.ts';
import { openForAppending } from './append.ts';
import { escapeControls } from './line.ts';
import { maskRange } from './mask.ts';
import { type Masking, maskAlong } from './mask-along.ts';

/** The complete output of a build, and between it ampci's own lines, which begin with `[ampci] `. */
export interface BuildLog extends Disposable {
  readonly file: string;
  /** Open for appending: what scripts write to. */
  readonly fd: number;
  /** Bytes so far. */
  size(): number;
  /** Adds a line of ampci's own. */
  note(text: string): void;
  /** Masks secret values in what was written since byte `start`, once its writers have ended. */
  mask(start: number): Promise<void>;
  /** The same, begun while they write. */
  maskAlong(start: number): Masking;
}

/** A build's own log file. */
export function buildLogFile(datadir: string, id: number): string {
  return join(datadir, 'logs', buildLogName(id));
}

/** Begins or continues a build's log. `forms`: of `secretForms`, as of each call. Throws a UserError. */
export function openBuildLog(file: string, forms: () => readonly string[]): BuildLog {
  const log = openForAppending(file);
  crashPoint('logs.build.opened');
  const size = () => fstatSync(log.fd).size;
  return {
    file,
    fd: log.fd,
    size,
    note: (text) => {
      const newline = endsMidLine(file, size()) ? '\n' : '';
      log.line(`${newline}[ampci] ${escapeControls(maskText(text, forms()))}\n`);
    },
    mask: (start) => maskRange({ file, start, end: size() }, forms()),
    maskAlong(start) {
      const known = forms();
      const masking = maskAlong({ file, start, size }, known);
      return {
        async end() {
          await masking.end();
          if (forms() !== known) await maskRange({ file, start: 0, end: size() }, forms());
        },
      };
    },
    [Symbol.dispose]: () => log[Symbol.dispose](),
  };
}

const newline = 0x0a;

/** What a script wrote need not end with a line's end. */
function endsMidLine(file: string, size: number): boolean {
  return size > 0 && readEnd(file, 1)[0] !== newline;
}

/** Lines may be as long as they like; no more than this is read. */
const endBytes = 65_536;

/** The last lines of a log, any bytes decoded, oldest first; none if there is no such file. */
export function lastLines(file: string, count: number): readonly string[] {
  const text = readEnd(file, endBytes).toString('utf8').replace(/\n$/, '');
  return text === '' ? [] : text.split('\n').slice(-count);
}

function readEnd(file: string, bytes: number): Buffer {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const { size } = fstatSync(fd);
    const end = Buffer.alloc(Math.min(size, bytes));
    return end.subarray(0, readSync(fd, end, 0, end.length, size - end.length));
  } finally {
    closeSync(fd);
  }
}
