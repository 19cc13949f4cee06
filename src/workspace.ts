import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crashPoint } from './crash-point.ts';
import { UserError } from './user-error.ts';

/** Marks one that is kept for people to look at: no sweep takes it. */
const keptSuffix = '-kept';

/** A new path for a build's workspace. It is stored before it is made: what a crash leaves is then known. */
export function workspacePath(of: {
  readonly temproot: string;
  readonly datadirId: string;
  readonly buildId: number;
}): string {
  return join(of.temproot, `${prefixOf(of.datadirId)}${of.buildId}-${unguessable()}`);
}

/**
 * So that nobody can have made it before: whoever sees some names of a process in temproot can tell what comes next
 * of Math.random. To load node:crypto for it takes a build 3 ms.
 */
function unguessable(): string {
  const source = openSync('/dev/urandom', 'r');
  try {
    const bytes = Buffer.alloc(6);
    readSync(source, bytes);
    return bytes.toString('hex');
  } finally {
    closeSync(source);
  }
}

function prefixOf(datadirId: string): string {
  return `ampci-${datadirId}-`;
}

/** Makes it, with `tmp` inside, for its owner only. Throws a UserError, also if something stands there already. */
export function makeWorkspace(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
    crashPoint('workspace.made');
    mkdirSync(join(path, 'tmp'), { mode: 0o700 });
    crashPoint('workspace.complete');
  } catch (error) {
    throw new UserError(`the workspace ${path} cannot be made: ${(error as Error).message}; see "temproot"`);
  }
}

/** Keeps it for people to look at; returns its new path. */
export function keepWorkspace(path: string): string {
  renameSync(path, `${path}${keptSuffix}`);
  crashPoint('workspace.kept');
  return `${path}${keptSuffix}`;
}

/**
 * Removes it and all that is in it, folders without write permission too; nothing that links lead to. Does
 * nothing if it is gone. Throws a UserError: something is mounted in it, or files belong to another user.
 */
export async function removeWorkspace(path: string): Promise<void> {
  if (!basename(path).startsWith('ampci-')) throw new Error(`${path} is no workspace`);
  const mount =
    existsSync(path) && mountsIn(withoutLinksBefore(path), readFileSync('/proc/self/mountinfo', 'utf8'))[0];
  if (mount) {
    throw new UserError(`${path} cannot be removed, ${mount} is mounted in it: umount it, then remove it`);
  }
  // In processes of their own: a large tree takes seconds, and meanwhile other builds must be looked after.
  let complaint = removeFew(path) ? null : await runTool('rm', ['-rf', '--', path]);
  crashPoint('workspace.removed_once');
  if (complaint !== null) {
    await runTool('chmod', ['-R', 'u+rwX', '--', path]);
    complaint = await runTool('rm', ['-rf', '--', path]);
  }
  if (complaint !== null) {
    throw new UserError(
      `${path} cannot be removed: ${complaint}; remove it as the owner of these files or as root`,
    );
  }
}

/** To remove so many takes no longer than to start a process that does it. */
const fewFiles = 100;

/** False: it has more files than that, or cannot be removed just so. */
function removeFew(path: string): boolean {
  try {
    if (!hasFewFiles(path)) return false;
    rmSync(path, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

function hasFewFiles(path: string): boolean {
  const entries = opendirSync(path, { recursive: true });
  try {
    for (let count = 0; count <= fewFiles; count += 1) if (entries.readSync() === null) return true;
    return false;
  } finally {
    entries.closeSync();
  }
}

/** As the kernel shows it. A link in the place of the workspace itself goes alone, whatever it leads to. */
function withoutLinksBefore(path: string): string {
  return join(realpathSync(dirname(path)), basename(path));
}

/**
 * Mount points at or below a path. Deleting through one would delete what is mounted: a whole system, when a
 * build was preparing a chroot. `mountinfo`: of proc_pid_mountinfo(5), where blanks are octal.
 */
export function mountsIn(path: string, mountinfo: string): readonly string[] {
  const unescaped = (_: string, octal: string) => String.fromCharCode(Number.parseInt(octal, 8));
  return mountinfo
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, unescaped))
    .filter((point) => point === path || point.startsWith(`${path}/`));
}

/** Resolves to null, or to the last line that the tool complained with. */
async function runTool(tool: string, args: readonly string[]): Promise<string | null> {
  const child = spawn(tool, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-1000);
  });
  try {
    const [exitCode] = await once(child, 'close');
    return exitCode === 0 ? null : (complaint.trim().split('\n').at(-1) ?? '');
  } catch (error) {
    return (error as Error).message;
  }
}

export interface Sweep {
  readonly temproot: string;
  readonly datadirId: string;
  /** Absolute paths of running builds. Asked after the look at temproot, so that a build that starts meanwhile is in it. */
  readonly keep: () => ReadonlySet<string>;
}

/** Removes the datadir's workspaces except those to keep and the kept ones; resolves to why some could not be. */
export async function sweepWorkspaces({ temproot, datadirId, keep }: Sweep): Promise<readonly UserError[]> {
  const found = namesIn(temproot)
    .filter((name) => name.startsWith(prefixOf(datadirId)) && !name.endsWith(keptSuffix))
    .map((name) => join(temproot, name))
    .filter(isOwnFolder);
  if (found.length === 0) return [];
  const kept = keep();
  const troubles: UserError[] = [];
  for (const path of found.filter((each) => !kept.has(each))) {
    crashPoint('workspace.sweeping');
    await removeWorkspace(path).catch((error) => troubles.push(error));
  }
  return troubles;
}

/** The workspaces that were kept, with the build that each is of. */
export function keptWorkspaces({
  temproot,
  datadirId,
}: Omit<Sweep, 'keep'>): { path: string; buildId: number }[] {
  return namesIn(temproot)
    .filter((name) => name.startsWith(prefixOf(datadirId)) && name.endsWith(keptSuffix))
    .map((name) => ({
      path: join(temproot, name),
      buildId: Number.parseInt(name.slice(prefixOf(datadirId).length), 10),
    }))
    .filter(({ path }) => isOwnFolder(path));
}

/** temproot may be writable for everybody: what others put there under such a name is not ours to remove. */
function isOwnFolder(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.geteuid?.();
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
