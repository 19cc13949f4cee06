import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import buildBundle from '../build-bundle.ts';
import { token } from './github.ts';
import { type Command, median } from './measure.ts';

const root = join(import.meta.dirname, '..', '..');

/** A temporary folder with an ampci of its own: what others build meanwhile does not disturb it. */
export interface Place extends Disposable {
  readonly folder: string;
  /** Only what can be upset by no other work on the machine: fewer, shorter runs. */
  readonly steadyOnly: boolean;
  /** Environment of all children: nobody's NODE_OPTIONS, NODE_EXTRA_CA_CERTS or git settings; caches of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** `node -e 0`: what all ratios are to. */
  readonly node: Command;
  /** An executable script. Returns its path. */
  script(name: string, body: string): string;
  ampci(site: { readonly folder: string }, ...args: readonly string[]): Command;
  say(text: string): void;
}

export function openPlace({ steadyOnly }: { readonly steadyOnly: boolean }): Place {
  buildBundle();
  const folder = mkdtempSync(join(tmpdir(), 'ampci-bench-'));
  for (const part of ['bin', 'dist', 'package.json', 'amp.yaml.example']) {
    cpSync(join(root, part), join(folder, 'ampci', part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'ampci', 'node_modules'));
  mkdirSync(join(folder, 'home'));
  const env = {
    // Cron's: each folder more has to be searched for git.
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: join(folder, 'home'),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GITHUB_TOKEN: token,
    BENCH_OUTPUT: join(folder, 'output'),
    BENCH_REPORT: join(folder, 'report'),
  };
  return {
    folder,
    steadyOnly,
    env,
    node: { argv: [process.execPath, '-e', '0'], cwd: folder, env },
    script(name, body) {
      const path = join(folder, name);
      writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return path;
    },
    ampci: (site, ...args) => ({
      argv: [process.execPath, join(folder, 'ampci', 'bin', 'ampci.js'), ...args],
      cwd: site.folder,
      env,
    }),
    say: (text) => void process.stderr.write(`${text}\n`),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** What a process told of itself at its end, see at-exit.cjs. */
export interface Told {
  readonly peakMemoryKb: number;
  /** After a garbage collection. */
  readonly keptKb: number;
  readonly cpuMs: number;
  readonly loaded: {
    /** How many of ampci's own. */
    readonly files: number;
    /** Names of Node's own modules. */
    readonly ofNode: readonly string[];
  };
}

/** A Node command that tells. */
export function telling(command: Command): Command {
  const [node = '', ...rest] = command.argv;
  return { ...command, argv: [node, '--expose-gc', '-r', join(import.meta.dirname, 'at-exit.cjs'), ...rest] };
}

/** What processes told since the last call. */
export function readTold({ env }: Place): readonly Told[] {
  const file = env.BENCH_REPORT ?? '';
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  rmSync(file);
  return lines.map((line) => JSON.parse(line));
}

export function medianPeakMb(told: readonly Told[]): number {
  return median(told.map(({ peakMemoryKb }) => peakMemoryKb / 1024));
}

export function machine(): string {
  const [first] = cpus();
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${name}, Node ${process.versions.node}`;
}
