import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Full name of a reference to the object it points to. Names are latin1 strings of their bytes: git knows no encoding. */
export type Refs = ReadonlyMap<string, string>;

/** A branch's name, as `Refs` has it. */
export function bytesOf(name: string): string {
  return Buffer.from(name, 'utf8').toString('latin1');
}

/**
 * The references of a repository whose format is `files` (gitrepository-layout(5)), without a process.
 * The single files first: while `git pack-refs` moves one, it is in one place or in both.
 */
export function readRefs(gitDir: string): Refs {
  const loose = new Map(['refs/heads', 'refs/tags'].flatMap((folder) => looseRefs(gitDir, folder)));
  return new Map([...packedRefs(gitDir), ...loose]);
}

function looseRefs(gitDir: string, folder: string): [string, string][] {
  return entriesOf(gitDir, folder).flatMap((entry): [string, string][] => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return looseRefs(gitDir, name);
    const value = contentOf(gitDir, name);
    return isObjectName(value) ? [[name, value]] : [];
  });
}

function entriesOf(gitDir: string, folder: string) {
  try {
    return readdirSync(pathOf(gitDir, folder), { withFileTypes: true, encoding: 'latin1' });
  } catch {
    return [];
  }
}

function contentOf(gitDir: string, name: string): string {
  try {
    return readFileSync(pathOf(gitDir, name), 'latin1').replace(/\n$/, '');
  } catch {
    return '';
  }
}

function pathOf(gitDir: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${gitDir}/`), Buffer.from(name, 'latin1')]);
}

function packedRefs(gitDir: string): [string, string][] {
  const file = join(gitDir, 'packed-refs');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'latin1').split('\n');
  return lines.flatMap((line): [string, string][] => {
    const space = line.indexOf(' ');
    // `#` is the header, `^` what the tag above points to.
    return space > 0 && isObjectName(line.slice(0, space))
      ? [[line.slice(space + 1), line.slice(0, space)]]
      : [];
  });
}

function isObjectName(text: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

/**
 * The `packed-refs` file of a clone: tags, the branches as those of `origin`, and the one that is checked out.
 * Not announced as `peeled`: git then looks up what annotated tags point to, when it needs it.
 */
export function packedRefsOfClone(mirror: Refs, branch: string, sha: string): string {
  const refs = new Map<string, string>();
  for (const [name, value] of mirror) {
    if (name.startsWith('refs/tags/')) refs.set(name, value);
    if (name.startsWith('refs/heads/')) refs.set(originRef(name.slice('refs/heads/'.length)), value);
  }
  refs.set(originRef(bytesOf(branch)), sha);
  refs.set(`refs/heads/${bytesOf(branch)}`, sha);
  // `sorted` promises the order of the bytes, which is that of latin1 strings.
  const names = [...refs.keys()].sort((a, b) => (a < b ? -1 : 1));
  return ['# pack-refs with: sorted ', ...names.map((name) => `${refs.get(name)} ${name}`), ''].join('\n');
}

function originRef(branch: string): string {
  return `refs/remotes/origin/${branch}`;
}

/** Branch that HEAD names, as `Refs` has it; null: none, or a commit. */
export function headBranch(gitDir: string): string | null {
  return /^ref: refs\/heads\/(.+)$/.exec(contentOf(gitDir, 'HEAD'))?.[1] ?? null;
}
