import type { Apps } from './apps.ts';
import { isoTime } from './commits.ts';
import type { Faults } from './faults.ts';
import type { Hub, NewHubRepo, QuotaView, RepoRef, StandInRepo } from './hub.ts';
import type { LoggedRequest } from './log.ts';
import { type Quota, type Quotas, type Resource, remaining } from './quota.ts';
import { catchUp, moveRefs, refreshRefs, setDefaultBranch } from './refs.ts';
import { commit, commitBranches, createRepo, deleteRepo, fastImport, renameRepo } from './repositories.ts';
import type { Urls } from './rest/call.ts';
import type { Tokens } from './tokens.ts';
import { addAccount, fullName, nodeId, type Repo, repoByName, type World } from './world.ts';

export interface HubParts {
  readonly world: World;
  readonly tokens: Tokens;
  readonly apps: Apps;
  readonly quotas: Quotas;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  readonly urls: Urls;
  readonly graphqlUrl: string;
  readonly caFile: string;
  readonly now: () => number;
  readonly close: () => Promise<void>;
}

type Names<Key extends keyof Hub> = Pick<Hub, Key>;

export function createHub(parts: HubParts): Hub {
  const { requests, urls, graphqlUrl, caFile, close } = parts;
  return {
    url: urls.html,
    apiUrl: urls.api,
    graphqlUrl,
    caFile,
    requests,
    ...repositoryControls(parts),
    ...pushControls(parts),
    ...accessControls(parts),
    fault: parts.faults.add,
    clearFaults: parts.faults.clear,
    resetCounters() {
      requests.length = 0;
      parts.quotas.reset();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function found(world: World, wanted: RepoRef): Repo {
  const repo = typeof wanted === 'string' ? repoByName(world, wanted) : world.repos.get(wanted.id);
  if (!repo) throw new Error(`no repository ${typeof wanted === 'string' ? wanted : wanted.id}`);
  return repo;
}

function view(repo: Repo, urls: Urls): StandInRepo {
  return {
    id: repo.id,
    nodeId: nodeId('R', repo.id),
    get owner() {
      return repo.owner.login;
    },
    get name() {
      return repo.name;
    },
    get fullName() {
      return fullName(repo);
    },
    path: repo.path,
    get cloneUrl() {
      return `${urls.html}/${fullName(repo)}.git`;
    },
    get defaultBranch() {
      return repo.defaultBranch;
    },
    get pushedAt() {
      return isoTime(repo.pushedAt);
    },
    statuses: repo.statuses,
    head: (branch = repo.defaultBranch) => repo.refs.get(`refs/heads/${branch}`),
    heads: () =>
      new Map(
        [...repo.refs]
          .filter(([ref]) => ref.startsWith('refs/heads/'))
          .map(([ref, sha]) => [ref.slice('refs/heads/'.length), sha]),
      ),
  };
}

function repositoryControls({
  world,
  urls,
}: HubParts): Names<
  | 'createRepo'
  | 'createRepos'
  | 'repo'
  | 'rename'
  | 'transfer'
  | 'archive'
  | 'setPrivate'
  | 'setDefaultBranch'
  | 'deleteRepo'
> {
  const createOne = async ({ files, ...wanted }: NewHubRepo): Promise<StandInRepo> => {
    const repo = createRepo(world, wanted);
    if (files) await commit(world, repo, repo.defaultBranch, { files, message: `Begin ${repo.name}` });
    return view(repo, urls);
  };
  const change = (wanted: RepoRef, values: Partial<Pick<Repo, 'archived' | 'private'>>) => {
    Object.assign(found(world, wanted), values);
    world.tick();
  };
  return {
    createRepo: createOne,
    async createRepos(count, { owner, prefix = 'repo-' }) {
      const repos: StandInRepo[] = [];
      for (let number = 1; number <= count; number += 1) {
        const name = `${prefix}${String(number).padStart(4, '0')}`;
        repos.push(await createOne({ owner, name, files: { 'README.md': 'One of many.\n' } }));
      }
      return repos;
    },
    repo: (wanted) => view(found(world, wanted), urls),
    rename: (wanted, name) => renameRepo(world, found(world, wanted), name),
    transfer(wanted, owner) {
      const repo = found(world, wanted);
      renameRepo(world, repo, repo.name, addAccount(world, owner));
    },
    archive: (wanted, archived = true) => change(wanted, { archived }),
    setPrivate: (wanted, isPrivate) => change(wanted, { private: isPrivate }),
    setDefaultBranch: (wanted, branch) => setDefaultBranch(world, found(world, wanted), branch),
    deleteRepo: (wanted) => deleteRepo(world, found(world, wanted)),
  };
}

function pushControls({
  world,
}: HubParts): Names<
  | 'commit'
  | 'createBranches'
  | 'forcePush'
  | 'deleteBranch'
  | 'tag'
  | 'fastImport'
  | 'refresh'
  | 'lag'
  | 'freezePushedAt'
> {
  const inTurn = createTurns();
  const move = (wanted: RepoRef, changes: readonly (readonly [string, string | null])[]) =>
    inTurn(() => moveRefs(world, found(world, wanted), new Map(changes)));
  return {
    commit: (wanted, branch, content = {}) =>
      inTurn(() => commit(world, found(world, wanted), branch, content)),
    createBranches: (wanted, branches) => inTurn(() => commitBranches(world, found(world, wanted), branches)),
    forcePush: (wanted, branch, sha) => move(wanted, [[`refs/heads/${branch}`, sha]]),
    deleteBranch: (wanted, ...branches) =>
      move(
        wanted,
        branches.map((branch) => [`refs/heads/${branch}`, null]),
      ),
    tag: (wanted, tag, sha) => move(wanted, [[`refs/tags/${tag}`, sha]]),
    fastImport: (wanted, stream) => inTurn(() => fastImport(world, found(world, wanted), stream)),
    refresh: (wanted) => refreshRefs(world, found(world, wanted)),
    lag: (wanted, on) =>
      inTurn(async () => {
        const repo = found(world, wanted);
        if (!on && repo.lagging) await catchUp(repo);
        repo.lagging = on;
      }),
    freezePushedAt(wanted, on) {
      found(world, wanted).frozen = on;
    },
  };
}

/** One change after the other: a commit called for before the last one is done still has it as its parent. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(change: () => Promise<T>): Promise<T> => {
    const mine = last.then(change);
    last = mine.catch(() => {});
    return mine;
  };
}

function accessControls({
  world,
  tokens,
  apps,
  quotas,
  now,
}: HubParts): Names<'addAccount' | 'addToken' | 'removeToken' | 'addApp' | 'quota' | 'setQuota'> {
  const quotaView = (who: string, resource: Resource): QuotaView => {
    const quota: Quota = quotas.read(who, resource, now());
    return { ...quota, remaining: remaining(quota) };
  };
  return {
    addAccount: (login, type) => void addAccount(world, login, type),
    addToken(token) {
      tokens.add(token);
      world.version += 1;
    },
    removeToken: tokens.remove,
    addApp: apps.add,
    quota: (token = 'anonymous') => ({
      core: quotaView(token, 'core'),
      graphql: quotaView(token, 'graphql'),
    }),
    setQuota(token, resource, { remaining: left, limit = 5000, resetAt = now() + 3_600_000 }) {
      quotas.set(token, resource, { limit, used: limit - left, resetAt });
    },
  };
}
