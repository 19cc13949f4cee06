import { readFileSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Config } from '../domain/config.ts';
import { UserError } from '../user-error.ts';
import { programIdentity, readCache, writeCache } from './cache.ts';

export interface ConfigSource {
  /** As the user named it; relative to the current directory. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** null: parse every time. */
  readonly cacheDir: string | null;
}

/**
 * The configuration in `file`. Throws a UserError that lists every mistake in it as `file:line:column: …`.
 * The parsed form is cached: YAML and the schema cost more than the rest of an idle tick.
 */
export async function readConfig({ file, environment, cacheDir }: ConfigSource): Promise<Config> {
  const key = { file: resolve(file), text: readText(file), surroundings: surroundingsOf(environment) };
  const cached = cacheDir === null ? null : readCache(cacheDir, key);
  if (cached) return cached;
  const { parseConfig } = await import('./parse.ts');
  const githubApiUrl = environment.GITHUB_API_URL;
  const config = parseConfig({ label: file, file: key.file, text: key.text, githubApiUrl });
  if (cacheDir !== null) writeCache(cacheDir, key, config);
  return config;
}

/** To be called before the file is read; what it returns tells whether the file was changed since. */
export function watchForChange(file: string): () => boolean {
  const before = stampOf(file);
  return () => stampOf(file) !== before;
}

/** Changes with the file. */
function stampOf(file: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return 'none';
  }
}

/** `$XDG_CACHE_HOME/ampci`, else `~/.cache/ampci`; null: there is no home. */
export function cacheDirectory(environment: ConfigSource['environment']): string | null {
  const xdg = environment.XDG_CACHE_HOME;
  if (xdg?.startsWith('/')) return join(xdg, 'ampci');
  const home = environment.HOME || homeOfUser();
  return home === null ? null : join(home, '.cache', 'ampci');
}

/** Of a user that the system has no entry of (a container's, say), it cannot be told. */
function homeOfUser(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}

function surroundingsOf(environment: ConfigSource['environment']): string {
  return JSON.stringify([programIdentity(), tmpdir(), environment.GITHUB_API_URL ?? null]);
}

const troubles: Readonly<Record<string, string>> = {
  ENOENT:
    'there is no such file; write one with "ampci init", or name yours with --config FILE or AMPCI_CONFIG',
  ENOTDIR:
    'there is no such file; write one with "ampci init", or name yours with --config FILE or AMPCI_CONFIG',
  EACCES: 'may not be read by this user; change its owner or mode',
  EISDIR: 'is a folder; name the file in it',
};

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const trouble = troubles[code];
    if (trouble === undefined) throw error;
    throw new UserError(`${file}: ${trouble}`);
  }
}
