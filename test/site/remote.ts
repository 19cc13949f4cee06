import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';

/** A bare repository, written without a git process: tests make thousands of commits. */
export interface Remote {
  readonly path: string;
  /** Branch to SHA, as it is now. */
  heads(): ReadonlyMap<string, string>;
  head(branch?: string): string;
  /** Commits one file to the branch (a new one starts from nothing) and returns the SHA. */
  push(branch?: string, commit?: NewCommit): string;
  /** Points the branch at a commit that is there: forwards, backwards or anew. */
  force(branch: string, sha: string): void;
  remove(branch: string): void;
}

export interface NewCommit {
  readonly file?: string;
  readonly content?: string;
  readonly message?: string;
  readonly author?: string;
}

let commits = 0;

export function makeRemote(path: string): Remote {
  for (const folder of ['objects/info', 'refs/heads', 'refs/tags']) {
    mkdirSync(join(path, folder), { recursive: true });
  }
  writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(path, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  const heads = new Map<string, string>();
  const head = (branch = 'main') => heads.get(branch) ?? '';
  const force = (branch: string, sha: string) => {
    const file = join(path, 'refs/heads', branch);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${sha}\n`);
    heads.set(branch, sha);
  };
  return {
    path,
    heads: () => heads,
    head,
    force,
    push(branch = 'main', commit = {}) {
      const sha = writeCommit(path, head(branch), commit);
      force(branch, sha);
      return sha;
    },
    remove(branch) {
      rmSync(join(path, 'refs/heads', branch));
      heads.delete(branch);
    },
  };
}

function writeCommit(path: string, parent: string, commit: NewCommit): string {
  commits += 1;
  const { file = 'file', content = `${commits}\n`, message = `Commit ${commits}`, author = 'Ada' } = commit;
  const blob = writeObject(path, 'blob', Buffer.from(content));
  const entry = Buffer.concat([Buffer.from(`100644 ${file}\0`), Buffer.from(blob, 'hex')]);
  const who = `${author} <ada@example.org> ${1_700_000_000 + commits} +0000`;
  const lines = [
    `tree ${writeObject(path, 'tree', entry)}`,
    ...(parent ? [`parent ${parent}`] : []),
    `author ${who}`,
    `committer ${who}`,
    '',
    message,
  ];
  return writeObject(path, 'commit', Buffer.from(`${lines.join('\n')}\n`));
}

/** A loose object, as gitformat-loose(5) has it. */
function writeObject(path: string, type: string, body: Buffer): string {
  const whole = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]);
  const name = createHash('sha1').update(whole).digest('hex');
  const file = join(path, 'objects', name.slice(0, 2), name.slice(2));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, deflateSync(whole));
  return name;
}
