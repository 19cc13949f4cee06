import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { UserError } from '../user-error.ts';
import type { Process } from './process.ts';

/** Asks on the terminal, where there is one. */
export interface Asker {
  /** null: stdin or stdout is no terminal. Rejects with a UserError when the user leaves instead of answering. */
  readonly ask: ((question: string) => Promise<string>) | null;
  close(): void;
}

export function openAsker({ terminal }: Process): Asker {
  if (!isatty(0) || !terminal.isTerminal) return { ask: null, close: () => {} };
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const left = new Promise<never>((_, reject) => {
    lines.once('close', () => reject(new UserError('left without an answer; nothing was written', 130)));
  });
  left.catch(() => {});
  return {
    // Ctrl-C aborts a question, Ctrl-D closes the lines.
    ask: (question) => Promise.race([lines.question(question).catch(() => left), left]),
    close: () => lines.close(),
  };
}
