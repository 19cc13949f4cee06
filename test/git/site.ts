import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileName } from '../../src/domain/file-name.ts';
import { type Git, type GitOptions, openGit } from '../../src/git/git.ts';
import type { CheckoutSource } from '../../src/git/source.ts';
import { lock, tryLock } from '../../src/store/lock.ts';

/** Nothing of the user's or the machine's configuration. */
export const gitEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada Author',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Carl Committer',
  GIT_COMMITTER_EMAIL: 'carl@example.org',
};

export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env: gitEnvironment, encoding: 'utf8', stdio: 'pipe' }).trimEnd();
}

/** Content, or with a mode: `100755`, `120000` (a link's target), `160000` (a submodule's commit). */
export type File = string | { readonly mode: string; readonly content: string };

/** A bare repository. */
export interface Remote {
  readonly url: string;
  readonly path: string;
  /** Commits the files to the branch (a new one starts from main) and returns the SHA. */
  commit(branch: string, files?: Readonly<Record<string, File>>, message?: string): string;
}

/** A datadir with git opened on it, and room for remotes and checkouts; removed at the end. */
export interface Site extends Disposable {
  readonly folder: string;
  readonly datadir: string;
  readonly git: Git;
  /** What git's errands logged. */
  readonly lines: string[];
  /** The waits asked for, in ms; none of them is waited. */
  readonly waits: number[];
  remote(name: string): Remote;
  reopened(options: Partial<GitOptions>): Git;
  /** Checks out into a new directory. */
  checkout(source: CheckoutSource, options?: { git?: Git; signal?: AbortSignal }): Promise<CheckedOut>;
  mirror(name: string): string;
}

export interface CheckedOut {
  readonly directory: string;
  readonly result: Awaited<ReturnType<Git['checkout']>>;
  /** Runs git in the checkout. */
  git(...args: readonly string[]): string;
}

export function openSite(options: Partial<GitOptions> = {}): Site {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ampci-git-')));
  const datadir = join(folder, 'data');
  const lines: string[] = [];
  const waits: number[] = [];
  const reopened = (changes: Partial<GitOptions>) =>
    openGit({
      datadir,
      environment: gitEnvironment,
      server: `file://${folder}`,
      token: null,
      lock: (name, patience) => lock(datadir, name, patience),
      tryLock: (name) => tryLock(datadir, name),
      clock: () => 0,
      wait: async (ms) => void waits.push(ms),
      ...options,
      ...changes,
    });
  const opened = reopened({});
  let count = 0;
  return {
    folder,
    datadir,
    git: opened,
    lines,
    waits,
    reopened,
    remote: (name) => makeRemote(folder, name),
    mirror: (name) => join(datadir, 'mirrors', `${fileName(`acme/${name}`)}.git`),
    async checkout(source, { git: through = opened, signal = new AbortController().signal } = {}) {
      count += 1;
      const directory = join(folder, `checkout-${count}`);
      const log = (line: string) => void lines.push(line);
      const result = await through.checkout(source, {
        directory,
        signal,
        mark: `test-${process.pid}.${count}`,
        log,
      });
      return { directory, result, git: (...args) => git(directory, ...args) };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function makeRemote(folder: string, name: string): Remote {
  const path = join(folder, `${name}.git`);
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', path);
  let count = 0;
  return {
    url: `file://${path}`,
    path,
    commit(branch, files = {}, message = `Commit ${count + 1}`) {
      count += 1;
      const parent = headOf(path, branch) ?? headOf(path, 'main');
      const input = [
        'commit refs/heads/scratch',
        `committer Ada Author <ada@example.org> ${1_700_000_000 + count} +0000`,
        data(message),
        ...(parent ? [`from ${parent}`] : []),
        ...Object.entries(files).map(fileCommand),
        '',
      ].join('\n');
      execFileSync('git', ['fast-import', '--quiet', '--force'], { cwd: path, env: gitEnvironment, input });
      const sha = git(path, 'rev-parse', 'refs/heads/scratch');
      git(path, 'update-ref', `refs/heads/${branch}`, sha);
      git(path, 'update-ref', '-d', 'refs/heads/scratch');
      return sha;
    },
  };
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

function fileCommand([path, file]: [string, File]): string {
  const { mode, content } = typeof file === 'string' ? { mode: '100644', content: file } : file;
  return mode === '160000' ? `M ${mode} ${content} ${path}` : `M ${mode} inline ${path}\n${data(content)}`;
}

function headOf(path: string, branch: string): string | null {
  try {
    return git(path, 'rev-parse', '--verify', '--quiet', `refs/heads/${branch}`);
  } catch {
    return null;
  }
}

/** The source of a commit in a remote. */
export function sourceOf(
  name: string,
  { url }: Pick<Remote, 'url'>,
  branch: string,
  sha: string,
): CheckoutSource {
  return { repoId: null, owner: 'acme', name, url, branch, sha, submodules: true };
}

/** A folder in it, made. */
export function folderIn(site: Site, name: string): string {
  const path = join(site.folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}
