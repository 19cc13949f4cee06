import { spawn } from 'node:child_process';
import { devNull } from 'node:os';

/** Git's environment: nothing of the user's or the machine's configuration. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  const settings = [
    ['safe.directory', '*'],
    ['http.receivepack', 'true'],
    ['uploadpack.allowFilter', 'true'],
    // As GitHub: any commit can be asked for by its name.
    ['uploadpack.allowAnySHA1InWant', 'true'],
    ['receive.autogc', 'false'],
    ['gc.auto', '0'],
  ] as const;
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

export interface GitCall {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git on a bare repository and returns its standard output. Rejects with what it said otherwise. */
export function git(path: string, args: readonly string[], { input = '', env = {} }: GitCall = {}) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn('git', ['--git-dir', path, ...args], { env: { ...gitEnvironment(), ...env } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('error', reject);
    child.stdin.on('error', () => {}); // git may end before it has read everything; its exit code tells
    child.stdin.end(input);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new Error(`git ${args.join(' ')} in ${path}: ${Buffer.concat(err).toString().trim()}`));
    });
  });
}
