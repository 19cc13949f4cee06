import type { RunGit } from './command.ts';
import { GitTroubleError } from './trouble.ts';

/** `2.47.3`; null: git cannot be started, or says something else. */
export async function gitVersion(run: RunGit, signal: AbortSignal): Promise<string | null> {
  try {
    const output = await run({
      args: ['version'],
      cwd: '/',
      subject: 'cannot ask git for its version',
      signal,
    });
    return /(\d+\.\d+(?:\.\d+)?)/.exec(output.toString())?.[1] ?? null;
  } catch (error) {
    if (error instanceof GitTroubleError) return null;
    throw error;
  }
}
