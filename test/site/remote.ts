import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';

/** A bare repository, written without a git process: tests make thousands of commits. The same calls give the same SHAs. */
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
  /** A submodule at `sub`. */
  readonly submodule?: { readonly url: string; readonly sha: string };
}

export function makeRemote(path: string): Remote {
  for (const folder of ['objects/info', 'refs/heads', 'refs/tags']) {
    mkdirSync(join(path, folder), { recursive: true });
  }
  writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(path, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  const heads = new Map<string, string>();
  let commits = 0;
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
      commits += 1;
      const sha = writeCommit(path, { ...commit, parent: head(branch), number: commits });
      force(branch, sha);
      return sha;
    },
    remove(branch) {
      rmSync(join(path, 'refs/heads', branch));
      heads.delete(branch);
    },
  };
}

interface NumberedCommit extends NewCommit {
  readonly number: number;
  readonly parent: string;
}

function writeCommit(path: string, commit: NumberedCommit): string {
  const { number, parent, message = `Commit ${number}`, author = 'Ada' } = commit;
  const who = `${author} <ada@example.org> ${1_700_000_000 + number} +0000`;
  const lines = [
    `tree ${writeTree(path, commit)}`,
    ...(parent ? [`parent ${parent}`] : []),
    `author ${who}`,
    `committer ${who}`,
    '',
    message,
  ];
  return writeObject(path, 'commit', Buffer.from(`${lines.join('\n')}\n`));
}

/** Entries have to be in the order of their names. */
function writeTree(path: string, { number, file = 'file', content, submodule }: NumberedCommit): string {
  const blob = (text: string) => writeObject(path, 'blob', Buffer.from(text));
  const modules = submodule && `[submodule "sub"]\n\tpath = sub\n\turl = ${submodule.url}\n`;
  const entries = [
    ...(modules ? [['100644 .gitmodules', blob(modules)]] : []),
    [`100644 ${file}`, blob(content ?? `${basename(path)} ${number}\n`)],
    ...(submodule ? [['160000 sub', submodule.sha]] : []),
  ];
  const tree = entries.map(([name, sha = '']) =>
    Buffer.concat([Buffer.from(`${name}\0`), Buffer.from(sha, 'hex')]),
  );
  return writeObject(path, 'tree', Buffer.concat(tree));
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
