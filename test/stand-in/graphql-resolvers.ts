import { GraphQLError } from 'graphql';
import { isoTime, readCommit } from './commits.ts';
import { connection, type PageArguments } from './graphql-connection.ts';
import { type Quota, remaining } from './quota.ts';
import type { Urls } from './rest/call.ts';
import { accessTo, canSee, type Identity } from './tokens.ts';
import { type Account, fullName, nodeId, type Repo, repoByName, repoByNodeId, type World } from './world.ts';

export interface GraphqlContext {
  readonly world: World;
  readonly identity: Identity;
  readonly urls: Urls;
  /** The quota of before this query. */
  readonly quota: Quota;
  readonly cost: number;
  readonly nodeCount: number;
}

const gone = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } });

function visible(repo: Repo | undefined, { identity }: GraphqlContext, missing: string) {
  const access = repo ? accessTo(identity, repo) : 'no';
  if (repo === undefined || access === 'no') throw gone(missing);
  if (access === 'yes') return repo;
  throw new GraphQLError(
    'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
    { extensions: { type: 'FORBIDDEN', saml_failure: true } },
  );
}

/** What a query starts from. graphql-js calls a function that stands where a field's value is wanted. */
export const root = {
  repository({ owner, name }: { owner: string; name: string }, context: GraphqlContext) {
    const wanted = `${owner}/${name}`;
    const missing = `Could not resolve to a Repository with the name '${wanted}'.`;
    return repositoryNode(visible(repoByName(context.world, wanted), context, missing), context);
  },
  repositoryOwner: ({ login }: { login: string }, context: GraphqlContext) => {
    const account = context.world.accounts.get(login.toLowerCase());
    return account ? accountNode(account, context) : null;
  },
  organization: ({ login }: { login: string }, context: GraphqlContext) =>
    typed(login, 'Organization', context),
  user: ({ login }: { login: string }, context: GraphqlContext) => typed(login, 'User', context),
  nodes({ ids }: { ids: readonly string[] }, context: GraphqlContext) {
    if (ids.length > 100)
      throw new GraphQLError(`You may not provide more than 100 node ids; you provided ${ids.length}.`, {
        extensions: { type: 'ARGUMENT_LIMIT' },
      });
    return ids.map(async (id) => byNodeId(id, context)); // a promise each: one that fails leaves the others
  },
  node: ({ id }: { id: string }, context: GraphqlContext) => byNodeId(id, context),
  viewer: (_: unknown, { identity }: GraphqlContext) => ({
    __typename: 'User',
    login: identity.kind === 'token' ? (identity.token.user ?? 'octocat') : 'octocat',
  }),
  rateLimit: (_: unknown, { quota, cost, nodeCount }: GraphqlContext) => ({
    cost,
    limit: quota.limit,
    nodeCount,
    remaining: Math.max(0, remaining(quota) - cost),
    used: Math.min(quota.limit, quota.used + cost),
    resetAt: isoTime(quota.resetAt),
  }),
};

const byNodeId = (id: string, context: GraphqlContext) =>
  repositoryNode(
    visible(
      repoByNodeId(context.world, id),
      context,
      `Could not resolve to a node with the global id of '${id}'`,
    ),
    context,
  );

function typed(login: string, type: Account['type'], context: GraphqlContext) {
  const account = context.world.accounts.get(login.toLowerCase());
  if (account?.type !== type) throw gone(`Could not resolve to a ${type} with the login of '${login}'.`);
  return accountNode(account, context);
}

function accountNode(account: Account, context: GraphqlContext) {
  return {
    __typename: account.type,
    id: nodeId(account.type === 'User' ? 'U' : 'O', account.id),
    databaseId: account.id,
    login: account.login,
    url: `${context.urls.html}/${account.login}`,
    repositories: (args: RepositoriesArguments) => ownedRepositories(account, args, context),
  };
}

interface RepositoriesArguments extends PageArguments {
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null;
  readonly isFork?: boolean | null;
  readonly isArchived?: boolean | null;
}

function ownedRepositories(account: Account, args: RepositoriesArguments, context: GraphqlContext) {
  const wanted = (given: boolean | null | undefined, has: boolean) => given == null || given === has;
  const repos = [...context.world.repos.values()].filter(
    (repo) =>
      repo.owner === account &&
      canSee(context.identity, repo) &&
      wanted(args.isFork, repo.fork) &&
      wanted(args.isArchived, repo.archived),
  );
  const { field = 'NAME', direction = 'ASC' } = args.orderBy ?? {};
  const sign = direction === 'DESC' ? -1 : 1;
  const sorted = repos.sort((a, b) =>
    field === 'PUSHED_AT' || field === 'UPDATED_AT'
      ? sign * (a.pushedAt - b.pushedAt)
      : sign * (a.name < b.name ? -1 : 1),
  );
  return connection(sorted, args, (repo) => repositoryNode(repo, context));
}

function repositoryNode(repo: Repo, context: GraphqlContext) {
  const url = `${context.urls.html}/${fullName(repo)}`;
  const ref = (name: string) => refNode(repo, name, context);
  return {
    __typename: 'Repository',
    id: nodeId('R', repo.id),
    databaseId: repo.id,
    name: repo.name,
    nameWithOwner: fullName(repo),
    owner: () => accountNode(repo.owner, context),
    url,
    sshUrl: `git@${new URL(url).host}:${fullName(repo)}.git`,
    isPrivate: repo.private,
    isFork: repo.fork,
    isArchived: repo.archived,
    isDisabled: false,
    isLocked: false,
    isEmpty: repo.refs.size === 0,
    visibility: repo.private ? 'PRIVATE' : 'PUBLIC',
    createdAt: isoTime(repo.createdAt),
    pushedAt: isoTime(repo.pushedAt),
    updatedAt: isoTime(repo.pushedAt),
    defaultBranchRef: () => ref(`refs/heads/${repo.defaultBranch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      ref(qualifiedName.startsWith('refs/') ? qualifiedName : `refs/heads/${qualifiedName}`),
    refs: (args: PageArguments & { readonly refPrefix: string }) =>
      connection(refNames(repo, args.refPrefix), args, ref),
    object: ({ oid, expression }: { oid?: string; expression?: string }) => {
      const sha = oid ?? repo.refs.get(`refs/heads/${expression}`) ?? repo.refs.get(expression ?? '');
      return sha === undefined ? null : commitNode(repo, sha, context);
    },
  };
}

const refNames = (repo: Repo, prefix: string): string[] =>
  [...repo.refs.keys()]
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

function refNode(repo: Repo, name: string, context: GraphqlContext) {
  const sha = repo.refs.get(name);
  if (sha === undefined) return null;
  const [, prefix = '', short = name] = /^(refs\/(?:heads|tags)\/)(.*)$/.exec(name) ?? [];
  return {
    __typename: 'Ref',
    id: nodeId('REF', `${repo.id}:${name}`),
    name: short,
    prefix,
    target: () => commitNode(repo, sha, context),
  };
}

/** The SHA costs nothing; the rest is read from git where a query wants it. */
function commitNode(repo: Repo, sha: string, { world, urls }: GraphqlContext) {
  const read = () => readCommit(world, repo, sha);
  const url = `${urls.html}/${fullName(repo)}/commit/${sha}`;
  const person = (which: 'author' | 'committer') => async () => {
    const commit = await read();
    return commit ? { __typename: 'GitActor', ...commit[which] } : null;
  };
  return {
    __typename: 'Commit',
    id: nodeId('C', `${repo.id}:${sha}`),
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    url,
    commitUrl: url,
    author: person('author'),
    committer: person('committer'),
    message: async () => (await read())?.message,
    messageHeadline: async () => (await read())?.message.split('\n')[0],
    committedDate: async () => (await read())?.committer.date,
    authoredDate: async () => (await read())?.author.date,
  };
}
