import { lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../domain/config.ts';
import { replaceFile } from '../replace-file.ts';
import { version } from '../version.ts';

/** All that the parsed form depends on. */
export interface CacheKey {
  readonly file: string;
  readonly text: string;
  readonly surroundings: string;
}

/**
 * A folder of its own: whatever else is cached beside it may have made the parent with the umask's mode, and a
 * group that may write there would make this cache useless.
 */
function folderIn(cacheDir: string): string {
  return join(cacheDir, 'config');
}

/** The cached parsed form; null when there is none that holds exactly for `key`, or when the folder is not ours alone. */
export function readCache(cacheDir: string, key: CacheKey): Config | null {
  const folder = folderIn(cacheDir);
  try {
    if (!isOurs(folder)) return null;
    const entry = JSON.parse(readFileSync(join(folder, entryName(key.file)), 'utf8'));
    const isExact =
      entry.file === key.file && entry.text === key.text && entry.surroundings === key.surroundings;
    return isExact ? entry.config : null;
  } catch {
    return null;
  }
}

/** Keeps the parsed form for the next tick. Best effort: without a cache ampci is slower, not wrong. */
export function writeCache(cacheDir: string, key: CacheKey, config: Config): void {
  const folder = folderIn(cacheDir);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOurs(folder)) return;
    replaceFile(join(folder, entryName(key.file)), JSON.stringify({ ...key, config }), { mode: 0o600 });
  } catch {
    // A full disk, a read-only home: the next tick parses again.
  }
}

/** Whoever else could write here could tell ampci what to run. */
function isOurs(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === process.geteuid?.() && (stat.mode & 0o022) === 0;
}

/** A file for each amp.yaml. Two paths with one hash only take turns: the entry holds the whole path. */
function entryName(file: string): string {
  let hash = 0x811c9dc5;
  for (const character of file) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return `config-${hash.toString(16).padStart(8, '0')}.json`;
}

/** Changes with the program, also when a clone is updated without a new version number. */
export function programIdentity(): string {
  const { mtimeMs, size } = statSync(import.meta.filename);
  return `${version} ${mtimeMs} ${size}`;
}
