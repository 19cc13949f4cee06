import { nagiosUnknown } from '../output/nagios.ts';
import { UserError } from '../user-error.ts';
import type { CommandResult } from './result.ts';

/** As monitoring plugins exit that came to no verdict. */
export const unknownCode = 3;

/** What `status` answers when it cannot even start: a bad option, no configuration. */
export function statusUnknown(error: unknown): CommandResult {
  return { output: nagiosUnknown(sentence(error)), exitCode: unknownCode };
}

export function sentence(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return `this is a bug in ampci: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
