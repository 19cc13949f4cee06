import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

export interface TreeEntry {
  readonly mode: string;
  readonly sha: string;
}

/** A commit's files by their whole path. */
export type Files = ReadonlyMap<string, TreeEntry>;

/**
 * Writes a loose git object and returns its name. Done here rather than by `git hash-object`, since a process per
 * object would make a server with a thousand repositories slow to start.
 */
export function writeObject(objectsDir: string, type: 'blob' | 'tree' | 'commit', content: Buffer): string {
  const raw = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
  const sha = createHash('sha1').update(raw).digest('hex');
  const folder = join(objectsDir, sha.slice(0, 2));
  const file = join(folder, sha.slice(2));
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.new`, deflateSync(raw, { level: 1 }), { mode: 0o444 });
    renameSync(`${file}.new`, file);
  }
  return sha;
}

/** Writes the trees of `files` and returns the root's name. */
export function writeTree(objectsDir: string, files: Files): string {
  const direct = new Map<string, TreeEntry>();
  const folders = new Map<string, Map<string, TreeEntry>>();
  for (const [path, entry] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) {
      direct.set(path, entry);
      continue;
    }
    const folder = path.slice(0, slash);
    const inside = folders.get(folder) ?? new Map<string, TreeEntry>();
    folders.set(folder, inside.set(path.slice(slash + 1), entry));
  }
  for (const [name, inside] of folders)
    direct.set(name, { mode: '40000', sha: writeTree(objectsDir, inside) });
  return writeObject(objectsDir, 'tree', encodeTree(direct));
}

function encodeTree(entries: Files): Buffer {
  // Git sorts a folder as if its name ended with a slash.
  const key = (name: string, entry: TreeEntry) => Buffer.from(entry.mode === '40000' ? `${name}/` : name);
  const sorted = [...entries].sort(([a, x], [b, y]) => Buffer.compare(key(a, x), key(b, y)));
  return Buffer.concat(
    sorted.flatMap(([name, { mode, sha }]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]),
  );
}

export interface CommitContent {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly message: string;
  /** Seconds since 1970. */
  readonly at: number;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

export function writeCommit(
  objectsDir: string,
  { tree, parents, author, message, at }: CommitContent,
): string {
  const person = `${author.name} <${author.email}> ${at} +0000`;
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${person}`,
    `committer ${person}`,
    '',
    message.endsWith('\n') ? message : `${message}\n`,
  ];
  return writeObject(objectsDir, 'commit', Buffer.from(lines.join('\n')));
}
