import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Step } from '../../src/executor/executor.ts';
import { readStat } from '../../src/process/stat.ts';

/** A temporary folder with a workspace, a log and scripts to run in it. */
export interface Bench extends Disposable {
  readonly folder: string;
  readonly workspace: string;
  readonly log: string;
  readonly mark: string;
  /** Writes an executable file; without a first line of its own it is a shell script. */
  script(text: string | Uint8Array, mode?: number): string;
  /** A step that runs this script. */
  step(text: string | Uint8Array, changes?: Partial<Step>): Step;
  output(): string;
  /** The pid that a script wrote into a file of this name in its workspace; waits for it. */
  pid(name: string): Promise<number>;
}

let benches = 0;

export function openBench(): Bench {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ampci-executor-')));
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  const log = join(folder, 'build.log');
  const logFd = openSync(log, 'a');
  benches += 1;
  const mark = `${process.pid}test.${benches}`;
  let scripts = 0;
  const script: Bench['script'] = (text, mode = 0o755) => {
    scripts += 1;
    const file = join(folder, `script-${scripts}`);
    const isText = typeof text === 'string' && !text.startsWith('#!');
    writeFileSync(file, isText ? `#!/bin/sh\n${text}\n` : text);
    chmodSync(file, mode);
    return file;
  };
  return {
    folder,
    workspace,
    log,
    mark,
    script,
    step: (text, changes) => ({
      script: script(text),
      cwd: workspace,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', AMPCI_BUILD_MARK: mark },
      logFd,
      mark,
      timeoutMs: 60_000,
      graceMs: 5_000,
      maxLogSizeBytes: 1_000_000_000,
      signal: new AbortController().signal,
      ...changes,
    }),
    output: () => readFileSync(log, 'utf8'),
    pid: (name) => pidIn(join(workspace, name)),
    [Symbol.dispose]: () => {
      closeSync(logFd);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = readIfThere(file);
    if (text.endsWith('\n')) return Number(text);
    await sleep(5);
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Whether a process runs; one that is dead but not waited for does not. */
export function runs(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== null && !stat.ended;
}

/** Ends what a test started outside of any build. */
export function killAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
