import { type Answer, json, notFound, problem, Refusal } from '../answer.ts';
import { type CommitInfo, readCommit } from '../commits.ts';
import { canWrite } from '../tokens.ts';
import type { Repo, Status } from '../world.ts';
import type { RepoCall } from './call.ts';
import { commitStatus, gitRef, shortBranch, wholeCommit } from './commit-shapes.ts';
import { listing } from './paging.ts';
import { fullRepository, repositoryUrl } from './repository-shapes.ts';

const heads = 'refs/heads/';

/** In the order of their names' bytes, as git and GitHub list them. */
const sortedRefs = (repo: Repo, prefix: string): [string, string][] =>
  [...repo.refs]
    .filter(([ref]) => ref.startsWith(prefix))
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const idPath = (repo: Repo): string => `/repositories/${repo.id}`;

export const getRepo = ({ repo, urls }: RepoCall): Answer => json(fullRepository(repo, urls));

export const branches = (call: RepoCall): Answer => {
  const { repo, urls } = call;
  const found = sortedRefs(repo, heads).map(([ref, sha]) => [ref.slice(heads.length), sha] as const);
  return listing(call, found, {
    path: `${idPath(repo)}/branches`,
    shape: (branch) => shortBranch(repo, branch, urls),
  });
};

export const branch = async (call: RepoCall): Promise<Answer> => {
  const { repo, urls } = call;
  const name = call.params.branch ?? '';
  const sha = repo.refs.get(heads + name);
  if (sha === undefined) throw new Refusal(problem(404, 'Branch not found'));
  const url = `${repositoryUrl(repo, urls)}/branches/${encodeURIComponent(name)}`;
  return json({
    name,
    commit: wholeCommit(repo, await commitOf(call, sha), urls),
    _links: {
      self: url,
      html: `${urls.html}/${repo.owner.login}/${repo.name}/tree/${encodeURIComponent(name)}`,
    },
    protected: false,
    protection: {
      enabled: false,
      required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
    },
    protection_url: `${url}/protection`,
  });
};

function refuseEmpty(repo: Repo): void {
  if (repo.refs.size === 0) throw new Refusal(problem(409, 'Git Repository is empty.'));
}

export const matchingRefs = (call: RepoCall): Answer => {
  const { repo, urls } = call;
  refuseEmpty(repo);
  const prefix = `refs/${call.params.ref ?? ''}`;
  return listing(call, sortedRefs(repo, prefix), {
    path: `${idPath(repo)}/git/matching-refs/${call.params.ref}`,
    shape: (ref) => gitRef(repo, ref, urls),
  });
};

export const ref = ({ repo, urls, params }: RepoCall): Answer => {
  refuseEmpty(repo);
  const name = `refs/${params.ref ?? ''}`;
  const sha = repo.refs.get(name);
  if (sha === undefined) throw notFound();
  return json(gitRef(repo, [name, sha], urls));
};

/** By SHA, branch or tag; `heads/` and `tags/` may stand before the name. */
async function resolve(call: RepoCall, name: string): Promise<CommitInfo> {
  const { repo } = call;
  refuseEmpty(repo);
  const candidates =
    name === 'HEAD' ? [heads + repo.defaultBranch] : [`refs/${name}`, heads + name, `refs/tags/${name}`];
  const sha = candidates.map((candidate) => repo.refs.get(candidate)).find((one) => one !== undefined);
  return commitOf(call, sha ?? name);
}

async function commitOf({ world, repo }: RepoCall, sha: string): Promise<CommitInfo> {
  const found = /^[0-9a-f]{40}$/.test(sha) ? await readCommit(world, repo, sha) : undefined;
  if (!found) throw new Refusal(problem(422, `No commit found for SHA: ${sha}`));
  return found;
}

export const commit = async (call: RepoCall): Promise<Answer> => {
  const found = await resolve(call, call.params.ref ?? '');
  if (/application\/vnd\.github(\.v3)?\.sha\b/.test(call.accept))
    return {
      status: 200,
      headers: { 'content-type': 'application/vnd.github.sha; charset=utf-8' },
      body: found.sha,
    };
  return json(wholeCommit(call.repo, found, call.urls));
};

const states = ['error', 'failure', 'pending', 'success'];

export const createStatus = async (call: RepoCall): Promise<Answer> => {
  const { world, repo, identity, urls, params } = call;
  if (!canWrite(identity, repo, 'repo:status')) throw notFound();
  if (repo.archived) throw new Refusal(problem(403, 'Repository was archived so is read-only.'));
  const commitInfo = await commitOf(call, params.sha ?? '');
  const status = readStatus(call, commitInfo.sha);
  repo.statuses.push(status);
  world.version += 1;
  return json(commitStatus(repo, status, urls), 201);
};

function readStatus({ world, body, identity }: RepoCall, sha: string): Status {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (key: string) => (typeof given[key] === 'string' ? given[key] : null);
  const state = text('state') ?? '';
  if (!states.includes(state)) throw new Refusal(problem(422, `Validation Failed: state "${state}"`));
  return {
    id: world.nextId(),
    sha,
    state,
    targetUrl: text('target_url'),
    description: text('description'),
    context: text('context') ?? 'default',
    creator: identity.kind === 'token' ? (identity.token.user ?? 'octocat') : 'nobody',
    at: world.tick(),
  };
}

/** Newest first. */
export const statuses = async (call: RepoCall): Promise<Answer> => {
  const { sha } = await resolve(call, call.params.ref ?? '');
  const found = call.repo.statuses.filter((status) => status.sha === sha).reverse();
  return listing(call, found, {
    path: `${idPath(call.repo)}/commits/${call.params.ref}/statuses`,
    shape: (status) => commitStatus(call.repo, status, call.urls),
  });
};
