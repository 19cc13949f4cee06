import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** By what a process of a build betrays itself. Paths are as the kernel shows them: without symbolic links. */
export interface Traces {
  /** Value of AMPCI_BUILD_MARK. */
  readonly mark: string;
  readonly workspace: string | null;
  readonly log: string | null;
  /** Session of the step, null when it is not known. */
  readonly session: number | null;
  /** Nothing that started before (clock ticks since boot) belongs to it. */
  readonly since: number;
}

/** Whether it was started with the mark in its environment. */
export function isMarked(pid: number, mark: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}\0`.includes(`\0AMPCI_BUILD_MARK=${mark}\0`);
  } catch {
    return false;
  }
}

/**
 * What it has open of the build: `log` (for writing, since readers of a log are people), `workspace` (as its
 * current or root directory, its program or a file open for writing), or null.
 */
export function usedPart(pid: number, { workspace, log }: Traces): 'log' | 'workspace' | null {
  const inside = (path: string | null) => path !== null && workspace !== null && isInside(path, workspace);
  let part: 'workspace' | null = null;
  if (workspace !== null && ['cwd', 'root', 'exe'].some((name) => inside(link(`/proc/${pid}/${name}`)))) {
    part = 'workspace';
  }
  for (const fd of openFiles(pid)) {
    const path = link(`/proc/${pid}/fd/${fd}`);
    const isLog = log !== null && (path === log || path === `${log} (deleted)`);
    if ((isLog || (part === null && inside(path))) && isForWriting(pid, fd)) {
      if (isLog) return 'log';
      part = 'workspace';
    }
  }
  return part;
}

/** Whether this process may look into it: its own user's, or anyone's for root. */
export function isOwn(pid: number): boolean {
  const own = process.geteuid?.();
  return own === 0 || statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === own;
}

/** Whether it can be ended: what `sudo` started cannot, and is not waited for. */
export function mayEnd(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function openFiles(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
}

function link(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function isForWriting(pid: number, fd: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & 3) !== 0;
  } catch {
    return false;
  }
}
