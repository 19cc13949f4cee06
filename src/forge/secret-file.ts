import { readFileSync, statSync } from 'node:fs';
import { UserError } from '../user-error.ts';

/** Reads a secret. Throws a UserError: missing, unreadable, empty, or readable by others (`what` is the setting's name). */
export function readSecretFile(path: string, what: string): string {
  const { mode, text } = sayingTheWayOut(path, what, () => ({
    mode: statSync(path).mode & 0o777,
    text: readFileSync(path, 'utf8').trim(),
  }));
  if ((mode & 0o077) !== 0) {
    const octal = mode.toString(8).padStart(4, '0');
    throw new UserError(
      `${what}: ${path} has mode ${octal}, so that others can get at it; run "chmod 600 ${path}"`,
    );
  }
  if (text === '') throw new UserError(`${what}: ${path} is empty; write the secret into it`);
  return text;
}

function sayingTheWayOut<T>(path: string, what: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${what}: ${path} cannot be read (${reason}); check its path, owner and mode (0600)`);
  }
}
