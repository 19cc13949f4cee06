import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A command as the benchmark starts it. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Exit codes that are fine besides 0. */
  readonly mayExitWith?: readonly number[];
}

/** What one run took, its children included, in ms. */
export interface Sample {
  /** User and system time. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/**
 * bash's `time` tells what wait4 told it, to a millisecond; Node tells nothing of its children. Several runs in
 * one sample make it finer. Output goes into a file, as cron's pipe no terminal.
 */
export async function measure({ argv, cwd, env, mayExitWith = [] }: Command, times: number): Promise<Sample> {
  const fine = [0, ...mayExitWith].map((code) => `$? -eq ${code}`).join(' || ');
  const script = `TIMEFORMAT='%3U %3S %3R'
time for ((i = 0; i < ${times}; i++)); do
  "$@" < /dev/null > "$BENCH_OUTPUT" 2>&1
  [[ ${fine} ]] || { cat "$BENCH_OUTPUT"; exit 99; }
done`;
  const { stderr } = await run('bash', ['-c', script, 'bench', ...argv], { cwd, env });
  const [user = 0, system = 0, real = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { cpuMs: ((user + system) * 1000) / times, wallMs: (real * 1000) / times };
}

export interface Rounds {
  readonly rounds: number;
  /** Runs in each sample. */
  readonly times?: number;
  /** Is awaited before each sample. */
  readonly before?: (name: string) => Promise<unknown>;
}

export type Samples<Name extends string> = Readonly<Record<Name, readonly Sample[]>>;

/** Measures the commands in turn, round by round: whatever else the machine does hits all of them alike. */
export async function interleave<Name extends string>(
  commands: Readonly<Record<Name, Command>>,
  { rounds, times = 1, before }: Rounds,
): Promise<Samples<Name>> {
  const names = Object.keys(commands) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      await before?.(name);
      samples[name].push(await measure(commands[name], times));
    }
  }
  return samples;
}

/** Median of the rounds' ratios. */
export function ratio(
  samples: readonly Sample[],
  base: readonly Sample[],
  what: keyof Sample = 'cpuMs',
): number {
  return median(samples.map((sample, round) => sample[what] / (base[round]?.[what] ?? Number.NaN)));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
