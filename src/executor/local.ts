import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crashPoint } from '../crash-point.ts';
import { readStat } from '../process/stat.ts';
import { endProcesses } from './end.ts';
import type { Executor, Remains, Step, StepEnd } from './executor.ts';
import type { Traces } from './traces.ts';
import { whyUnstartable } from './unstartable.ts';
import { watchStep } from './watch.ts';

/** How long a script that does not even react to KILL (it hangs in the kernel) is waited for, in ms. */
const unkillableMs = 200;

/** Runs scripts on this machine. */
export const local: Executor = { prepare, run, reap };

async function prepare(): Promise<void> {
  await import('execa');
}

async function run(step: Step): Promise<StepEnd> {
  if (step.signal.aborted) return { kind: 'stopped' };
  if (step.timeoutMs <= 0) return { kind: 'timeout' };
  const { execa } = await import('execa');
  // execa takes any descriptor, its types only those below 10.
  const log = step.logFd as 3;
  const script = execa(step.script, [], {
    cwd: step.cwd,
    env: step.env,
    extendEnv: false,
    // The kernel writes the output straight into the log: through ampci it would take twice the time.
    stdio: ['ignore', log, log],
    // In a session and process group of its own.
    detached: true,
    buffer: false,
    reject: false,
  });
  const { pid } = script;
  if (pid === undefined) {
    return { kind: 'unstartable', message: whyUnstartable(step, (await script).code ?? 'unknown') };
  }
  return toTheEnd(step, script.then(endOf), tracesOf(step, pid));
}

async function toTheEnd(step: Step, ended: Promise<StepEnd>, traces: Traces): Promise<StepEnd> {
  crashPoint('executor.step.started');
  const watch = watchStep(step);
  try {
    const end = await Promise.race([ended, watch.tripped]);
    crashPoint('executor.step.ended');
    await endProcesses(traces, step.graceMs);
    await Promise.race([ended, sleep(unkillableMs, undefined, { ref: false })]);
    crashPoint('executor.step.cleared');
    const overflowed = watch.overflowed();
    return overflowed && (end.kind === 'exit' || end.kind === 'killed') ? { kind: 'log_limit' } : end;
  } finally {
    watch[Symbol.dispose]();
  }
}

function endOf({ exitCode, signal }: { exitCode?: number; signal?: string }): StepEnd {
  if (signal !== undefined) return { kind: 'killed', signal };
  return { kind: 'exit', exitCode: exitCode ?? 0 };
}

function tracesOf({ mark, cwd, logFd }: Step, pid: number): Traces {
  return {
    mark,
    workspace: realPath(cwd),
    log: readlinkSync(`/proc/self/fd/${logFd}`),
    session: pid,
    // Until Node's event loop notices its end the script is at least a zombie, and can be asked.
    since: readStat(pid)?.start ?? 0,
  };
}

function reap({ mark, workspace, log, since, graceMs }: Remains): Promise<number> {
  const traces = { mark, workspace: workspace && realPath(workspace), log: log && realPath(log) };
  return endProcesses({ ...traces, session: null, since }, graceMs);
}

/**
 * As /proc shows it; a path that is gone stays as it is. Its last part is never followed: were it a link that
 * somebody put in the workspace's place, what uses the link's target would be ended as a part of the build.
 */
function realPath(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
