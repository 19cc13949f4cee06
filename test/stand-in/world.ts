import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitInfo } from './commits.ts';
import type { Files } from './objects.ts';

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'Organization' | 'User';
}

/** A repository: what the API says of it, and the bare repository that git serves. */
export interface Repo {
  readonly id: number;
  /** The bare repository's folder; the same after a rename. */
  readonly path: string;
  readonly createdAt: number;
  owner: Account;
  name: string;
  private: boolean;
  fork: boolean;
  archived: boolean;
  defaultBranch: string;
  /** Milliseconds since 1970, whole seconds. */
  pushedAt: number;
  /** Full ref to SHA, as the API tells it. */
  readonly refs: Map<string, string>;
  readonly statuses: Status[];
  /** Git does not serve yet what the API tells. */
  lagging: boolean;
  /** `pushed_at` does not move. */
  frozen: boolean;
}

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly state: string;
  readonly targetUrl: string | null;
  readonly description: string | null;
  readonly context: string;
  readonly creator: string;
  readonly at: number;
}

/** Everything the server knows. */
export interface World {
  readonly root: string;
  readonly accounts: Map<string, Account>;
  readonly repos: Map<number, Repo>;
  /** `owner/name` in lower case to id; former names stay until a new repository takes them. */
  readonly names: Map<string, number>;
  readonly commits: Map<string, CommitInfo>;
  readonly files: Map<string, Files>;
  /** Moves with every change: answers are kept until then. */
  version: number;
  /** A time for what happens now: a second after the last one, so that runs repeat and times differ. */
  tick(): number;
  nextId(): number;
}

const firstSecond = Date.UTC(2025, 0, 1);

export function createWorld(root: string): World {
  mkdirSync(join(root, 'repositories'), { recursive: true });
  let time = firstSecond;
  let id = 1000;
  const world: World = {
    root,
    accounts: new Map(),
    repos: new Map(),
    names: new Map(),
    commits: new Map(),
    files: new Map(),
    version: 0,
    tick() {
      world.version += 1;
      time += 1000;
      return time;
    },
    nextId() {
      id += 1;
      return id;
    },
  };
  return world;
}

export function addAccount(world: World, login: string, type: Account['type'] = 'Organization'): Account {
  const known = world.accounts.get(login.toLowerCase());
  if (known) return known;
  const account = { id: world.nextId(), login, type };
  world.accounts.set(login.toLowerCase(), account);
  world.version += 1;
  return account;
}

export const fullName = (repo: Repo): string => `${repo.owner.login}/${repo.name}`;

/** By `owner/name`, former names included. */
export function repoByName(world: World, name: string): Repo | undefined {
  const id = world.names.get(name.toLowerCase());
  return id === undefined ? undefined : world.repos.get(id);
}

export const nodeId = (kind: string, id: number | string): string =>
  `${kind}_${Buffer.from(String(id)).toString('base64url')}`;

export function repoByNodeId(world: World, id: string): Repo | undefined {
  return id.startsWith('R_')
    ? world.repos.get(Number(Buffer.from(id.slice(2), 'base64url').toString()))
    : undefined;
}
