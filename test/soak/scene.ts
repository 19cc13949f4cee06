import type { Ran, Running } from '../site/program.ts';
import type { Site } from '../site/site.ts';
import type { Hub } from '../stand-in/stand-in.ts';
import type { Model } from './model.ts';
import type { Random } from './random.ts';

/** Where a soak goes on. */
export interface Scene {
  readonly site: Site;
  readonly hub: Hub;
  readonly model: Model;
  readonly random: Random;
  readonly counts: Counts;
  /** Every ampci that runs now. */
  readonly running: Set<Running>;
  /** Builds whose script was killed: they fail, as if the script had failed by itself. */
  readonly shot: Set<number>;
  readonly crashPoints: readonly string[];
  /** Starts ampci, watches over its end, and lets the clock go on a little. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  /** All that was said on stderr. */
  said(): string;
}

export interface Counts {
  ticks: number;
  pushes: number;
  faults: number;
  killedProcesses: number;
  killedScripts: number;
  killedGits: number;
  crashes: number;
  signals: number;
  damages: number;
}

export const repos = ['one', 'two', 'three'] as const;

export function isKilled({ signal }: Ran): boolean {
  return signal === 'SIGKILL';
}
