import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';

export interface Foreground extends AsyncDisposable {
  /** What it printed so far. */
  output(): string;
}

/** Runs a daemon in the foreground; it ends with everything it started when it is disposed of. */
export function foreground(command: string, args: readonly string[]): Foreground {
  requireInstalled(command);
  // A session of its own: icinga2 and nagios are several processes each.
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  // Not before the last process that holds its output has ended: Nagios' workers follow it by themselves.
  const closed = once(child, 'close');
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => printed.push(chunk));
  return {
    output: () => Buffer.concat(printed).toString(),
    async [Symbol.asyncDispose]() {
      // KILL: icinga2 would first try for minutes to deliver its metrics.
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
      await closed;
    },
  };
}

export function requireInstalled(command: string): void {
  try {
    accessSync(command, constants.X_OK);
  } catch {
    throw new Error(`${command} is missing: run .ci/install-monitoring as root first`);
  }
}
