import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Terminal } from './terminal.ts';

/**
 * Prints through `$PAGER` (else `less`) what is longer than the terminal, else directly. Resolves when the
 * reader has seen enough. As git does: a shell reads `$PAGER`, `cat` and the empty word mean none, and
 * `less` ends by itself on short text, keeps colours and leaves the screen alone (LESS=FRX unless set).
 */
export async function printPaged(
  output: string,
  {
    terminal,
    env,
  }: { readonly terminal: Terminal; readonly env: Readonly<Record<string, string | undefined>> },
): Promise<void> {
  const command = env.PAGER ?? 'less';
  const isLong = terminal.isTerminal && output.split('\n').length > terminal.rows();
  if (!isLong || command === '' || command === 'cat' || !(await page(output, command, env))) {
    terminal.write(output);
  }
}

/** False when the shell did not find the pager. */
async function page(
  output: string,
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const pager = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', ...env },
  });
  const ignoreInterrupt = () => {};
  process.on('SIGINT', ignoreInterrupt);
  // A reader who quits early is no error.
  pager.stdin.on('error', () => {}).end(output);
  const [exitCode] = (await once(pager, 'close')) as [number | null];
  process.off('SIGINT', ignoreInterrupt);
  return exitCode !== 127;
}
