import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepFiles, lagObjects, readFiles } from './commits.ts';
import { git } from './git.ts';
import { type Files, type Person, type TreeEntry, writeCommit, writeObject, writeTree } from './objects.ts';
import { moveRefs, refreshRefs } from './refs.ts';
import { type Account, addAccount, type Repo, type World } from './world.ts';

export interface NewRepo {
  readonly owner: string;
  readonly name: string;
  readonly ownerType?: Account['type'];
  readonly private?: boolean;
  readonly fork?: boolean;
  readonly archived?: boolean;
  readonly defaultBranch?: string;
}

/** Makes an empty bare repository. `git init` would take a process and its templates for each of a thousand. */
export function createRepo(world: World, wanted: NewRepo): Repo {
  const owner = addAccount(world, wanted.owner, wanted.ownerType);
  const name = `${owner.login}/${wanted.name}`.toLowerCase();
  const taken = world.repos.get(world.names.get(name) ?? 0);
  // Not by a name that only leads on to another repository.
  if (taken && `${taken.owner.login}/${taken.name}`.toLowerCase() === name)
    throw new Error(`${name} exists already`);
  const id = world.nextId();
  const at = world.tick();
  const defaultBranch = wanted.defaultBranch ?? 'main';
  const path = join(world.root, 'repositories', `${id}.git`);
  for (const folder of ['objects', 'refs/heads', 'refs/tags'])
    mkdirSync(join(path, folder), { recursive: true });
  writeFileSync(join(path, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`);
  writeFileSync(join(path, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  const repo: Repo = {
    id,
    path,
    owner,
    name: wanted.name,
    private: wanted.private ?? false,
    fork: wanted.fork ?? false,
    archived: wanted.archived ?? false,
    defaultBranch,
    createdAt: at,
    pushedAt: at,
    refs: new Map(),
    statuses: [],
    lagging: false,
    frozen: false,
  };
  world.repos.set(id, repo);
  world.names.set(name, id);
  return repo;
}

/** The old name goes on to lead to the repository, until another one takes it; so after a transfer. */
export function renameRepo(world: World, repo: Repo, name: string, owner = repo.owner): void {
  repo.name = name;
  repo.owner = owner;
  world.names.set(`${repo.owner.login}/${name}`.toLowerCase(), repo.id);
  world.tick();
}

export function deleteRepo(world: World, repo: Repo): void {
  world.repos.delete(repo.id);
  for (const [name, id] of world.names) if (id === repo.id) world.names.delete(name);
  rmSync(repo.path, { recursive: true, force: true });
  world.tick();
}

/** A file's text or bytes, or with a mode (`100755`, a `120000` link's target), a submodule's commit, or null to delete it. */
export type FileContent =
  | string
  | Buffer
  | null
  | { readonly content: string | Buffer; readonly mode: '100755' | '120000' | '100644' }
  | { readonly submodule: string };

export interface NewCommit {
  /** Laid over the parent's files. Default: a file that differs with every commit. */
  readonly files?: Readonly<Record<string, FileContent>>;
  readonly message?: string;
  readonly author?: Person;
  /** The parent, whatever the branch points to (a forced push); null: a commit without parent. */
  readonly onto?: string | null;
}

/** Commits to a branch and returns the SHA. A branch that does not exist starts from the default branch. */
export async function commit(world: World, repo: Repo, branch: string, wanted: NewCommit): Promise<string> {
  const ref = `refs/heads/${branch}`;
  const start = repo.refs.get(ref) ?? repo.refs.get(`refs/heads/${repo.defaultBranch}`) ?? null;
  const parent = wanted.onto === undefined ? start : wanted.onto;
  const sha = await writeNewCommit(world, repo, parent, wanted);
  await moveRefs(world, repo, new Map([[ref, sha]]));
  return sha;
}

/** Makes a branch for each name, each with a commit of its own (and the same files); one push. */
export async function commitBranches(
  world: World,
  repo: Repo,
  branches: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const parent = repo.refs.get(`refs/heads/${repo.defaultBranch}`) ?? null;
  const shas = new Map<string, string>();
  for (const branch of branches)
    shas.set(branch, await writeNewCommit(world, repo, parent, { files: {}, message: `Start ${branch}` }));
  await moveRefs(world, repo, new Map([...shas].map(([branch, sha]) => [`refs/heads/${branch}`, sha])));
  return shas;
}

async function writeNewCommit(
  world: World,
  repo: Repo,
  parent: string | null,
  { files, message, author = { name: 'Ada Author', email: 'ada@example.org' } }: NewCommit,
): Promise<string> {
  const at = world.tick() / 1000;
  const objects = repo.lagging ? lagObjects(repo) : join(repo.path, 'objects');
  const before: Files = parent === null ? new Map() : await readFiles(world, repo, parent);
  const after = overlay(objects, before, files ?? { 'counter.txt': `${at}\n` });
  const tree = writeTree(objects, after);
  keepFiles(world, tree, after);
  const parents = parent === null ? [] : [parent];
  return writeCommit(objects, { tree, parents, author, message: message ?? `Change ${at}`, at });
}

function overlay(objects: string, before: Files, changes: Readonly<Record<string, FileContent>>): Files {
  const files = new Map(before);
  for (const [path, content] of Object.entries(changes)) {
    if (content === null) files.delete(path);
    else files.set(path, toEntry(objects, content));
  }
  return files;
}

function toEntry(objects: string, content: Exclude<FileContent, null>): TreeEntry {
  if (typeof content === 'string' || Buffer.isBuffer(content))
    return { mode: '100644', sha: writeObject(objects, 'blob', Buffer.from(content)) };
  if ('submodule' in content) return { mode: '160000', sha: content.submodule };
  return { mode: content.mode, sha: writeObject(objects, 'blob', Buffer.from(content.content)) };
}

/** Reads a `git fast-import` stream: the quick way to a large history. */
export async function fastImport(world: World, repo: Repo, stream: string | Buffer): Promise<void> {
  await git(repo.path, ['fast-import', '--quiet', '--force'], { input: stream });
  await refreshRefs(world, repo);
}
