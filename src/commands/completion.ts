import { bashCompletion } from '../output/completion-bash.ts';
import { fishCompletion } from '../output/completion-fish.ts';
import { zshCompletion } from '../output/completion-zsh.ts';
import type { ProgramDescription } from '../output/program.ts';
import type { CommandResult } from './result.ts';

const writers = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } satisfies Record<
  string,
  (program: ProgramDescription) => string
>;

/** The shells that have a completion. */
export type Shell = keyof typeof writers;
export const shells = Object.keys(writers) as readonly Shell[];

/** The completion for a shell, to be evaluated by it. */
export function completion(program: ProgramDescription, shell: Shell): CommandResult {
  return { output: writers[shell](program), exitCode: 0 };
}
