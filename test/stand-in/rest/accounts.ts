import { type Answer, json, notFound, problem, Refusal } from '../answer.ts';
import { givenRepos, visibleRepos } from '../tokens.ts';
import { type Account, addAccount, type Repo } from '../world.ts';
import { organization, publicUser } from './account-shapes.ts';
import type { Call } from './call.ts';
import { listing } from './paging.ts';
import { repository } from './repository-shapes.ts';

function account(call: Call, login: string | undefined, type?: Account['type']): Account {
  const found = call.world.accounts.get(login?.toLowerCase() ?? '');
  if (!found || (type !== undefined && found.type !== type)) throw notFound();
  return found;
}

function accountById(call: Call): Account {
  const id = Number(call.params.id);
  const found = [...call.world.accounts.values()].find((one) => one.id === id);
  if (!found) throw notFound();
  return found;
}

const ownedBy = (call: Call, owner: Account): Repo[] =>
  visibleRepos(call.world, call.identity).filter((repo) => repo.owner === owner);

export const getOrg = (call: Call): Answer => {
  const org = account(call, call.params.org, 'Organization');
  return json(organization(org, ownedBy(call, org).length, call.urls));
};

export const getUser = (call: Call): Answer => {
  const user = account(call, call.params.username);
  return json(publicUser(user, ownedBy(call, user).length, call.urls));
};

/** Public and private ones, as far as the token sees them. */
export const orgRepos = (call: Call): Answer =>
  listOrgRepos(call, account(call, call.params.org, 'Organization'));

export const orgReposById = (call: Call): Answer => listOrgRepos(call, accountById(call));

function listOrgRepos(call: Call, org: Account): Answer {
  const answer = listRepos(call, ownedBy(call, org), `/organizations/${org.id}/repos`);
  if (call.identity.kind !== 'token' || !call.identity.token.sso) return answer;
  return {
    ...answer,
    headers: { ...answer.headers, 'x-github-sso': `partial-results; organizations=${org.id}` },
  };
}

/** Only public ones, even for the token of that very user: GitHub's rule for this path. */
export const userRepos = (call: Call): Answer => listUserRepos(call, account(call, call.params.username));

export const userReposById = (call: Call): Answer => listUserRepos(call, accountById(call));

const listUserRepos = (call: Call, user: Account): Answer =>
  listRepos(
    call,
    ownedBy(call, user).filter((repo) => !repo.private),
    `/user/${user.id}/repos`,
  );

function signedIn(call: Call): Account {
  if (call.identity.kind !== 'token') throw new Refusal(problem(401, 'Requires authentication'));
  if (call.identity.token.installation !== undefined)
    throw new Refusal(problem(403, 'Resource not accessible by integration'));
  return addAccount(call.world, call.identity.token.user ?? 'octocat', 'User');
}

export const getOwnUser = (call: Call): Answer => {
  const user = signedIn(call);
  return json(publicUser(user, ownedBy(call, user).length, call.urls));
};

/** What the token's user owns, or (default) may work on: here, all that its token was given. */
export const ownRepos = (call: Call): Answer => {
  const user = signedIn(call);
  const owned = call.query.get('affiliation') === 'owner' || call.query.get('type') === 'owner';
  const mine = visibleRepos(call.world, call.identity).filter((repo) => repo.owner === user || !owned);
  return listRepos(call, mine, '/user/repos');
};

const sortKeys = {
  created: (repo: Repo) => repo.createdAt,
  updated: (repo: Repo) => repo.pushedAt,
  pushed: (repo: Repo) => repo.pushedAt,
} as const;

function listRepos(call: Call, repos: readonly Repo[], path: string): Answer {
  const sorted = inOrder(repos.filter(ofType(call.query)), call.query);
  return listing(call, sorted, { path, shape: (repo) => repository(repo, call.urls) });
}

function ofType(query: URLSearchParams): (repo: Repo) => boolean {
  const visibility = query.get('visibility');
  switch (visibility === 'public' || visibility === 'private' ? visibility : query.get('type')) {
    case 'public':
      return (repo) => !repo.private;
    case 'private':
      return (repo) => repo.private;
    case 'forks':
      return (repo) => repo.fork;
    case 'sources':
      return (repo) => !repo.fork;
    default:
      return () => true;
  }
}

function inOrder(repos: readonly Repo[], query: URLSearchParams): Repo[] {
  const sort = query.get('sort') ?? 'created';
  const byName = sort === 'full_name' || !(sort in sortKeys);
  const direction = query.get('direction') ?? (byName ? 'asc' : 'desc');
  const key = sortKeys[sort as keyof typeof sortKeys];
  const ascending = byName
    ? (a: Repo, b: Repo) => (a.name < b.name ? -1 : 1)
    : (a: Repo, b: Repo) => key(a) - key(b) || a.id - b.id;
  return [...repos].sort(direction === 'asc' ? ascending : (a, b) => ascending(b, a));
}

export const installationRepos = (call: Call): Answer => {
  const token = call.identity.kind === 'token' ? call.identity.token : undefined;
  if (token?.installation === undefined)
    throw new Refusal(problem(403, 'You must authenticate with an installation access token'));
  const repos = givenRepos(call.world, token);
  const listed = listRepos(call, repos, '/installation/repositories');
  const repositories: unknown = JSON.parse(listed.body);
  const repository_selection = token.repos ? 'selected' : 'all';
  return json({ total_count: repos.length, repository_selection, repositories }, 200, onlyLink(listed));
};

const onlyLink = (answer: Answer): Record<string, string> =>
  answer.headers.link === undefined ? {} : { link: answer.headers.link };
