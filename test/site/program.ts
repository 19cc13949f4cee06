import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

export interface Ran {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** ampci as it runs: its process, and how it will have ended. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Program and arguments that start it: `unshare`, `prlimit`. */
  readonly through?: readonly string[];
}

/** Starts the real program. What its crash points and its movable clock need is in `env`. */
export function startAmpci(args: readonly string[], { cwd, env, through = [] }: Surroundings): Running {
  const [file = '', ...rest] = [...through, process.execPath, join(root, 'bin', 'ampci.js'), ...args];
  const child = spawn(file, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, ended: endOf(child) };
}

function endOf(child: ChildProcess): Promise<Ran> {
  const said = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...said }));
  });
}

/** What every ampci of the tests is started with, as bare as cron's. `home` is a folder of the site. */
export function cleanEnvironment(home: string): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    AMPCI_UNDER_TEST: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    // Compiling the bundle anew for each site costs more than running it.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'ampci-tests'),
  };
}
