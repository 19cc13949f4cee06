import type { Context } from '../context.ts';
import { type Pruned, prune as pruneAll } from '../prune.ts';
import type { CommandResult } from './result.ts';

/** `ampci prune`: what `poll` does once a day, now. */
export async function prune(context: Context): Promise<CommandResult> {
  return { output: wording(await pruneAll(context)), exitCode: 0 };
}

function wording(pruned: Pruned | null): string {
  if (!pruned) return 'another ampci is pruning already\n';
  return `${pruned.builds} builds with their logs and ${pruned.records} records of polls and decisions are gone\n`;
}
