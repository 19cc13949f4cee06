import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './client.ts';
import { type Hub, type StandInRepo, startStandIn } from './stand-in.ts';

let hub: Hub;
let web: StandInRepo;
let hidden: StandInRepo;

interface Answer {
  readonly data?: Record<string, unknown>;
  readonly errors?: readonly { readonly type?: string; readonly path?: unknown; readonly message: string }[];
}

async function query(text: string, { variables = {}, token = 'secret' } = {}): Promise<Answer> {
  const { status, json } = await ask(hub.graphqlUrl, {
    token,
    method: 'POST',
    body: { query: text, variables },
  });
  expect(status).toBe(200);
  return json as Answer;
}

beforeAll(async () => {
  hub = await startStandIn({ token: 'secret' });
  web = await hub.createRepo({ owner: 'acme', name: 'web', files: { a: 'a' } });
  await hub.createBranches(
    web,
    Array.from({ length: 240 }, (_, index) => `branch-${index}`),
  );
  hidden = await hub.createRepo({ owner: 'acme', name: 'hidden', private: true, files: { a: 'a' } });
  await hub.createRepo({ owner: 'acme', name: 'empty' });
});
afterAll(() => hub.close());

it('tells a repository as its REST API does', async () => {
  const { data } = await query(`{ repository(owner: "acme", name: "web") {
    databaseId nameWithOwner url pushedAt isArchived isEmpty isFork isPrivate
    defaultBranchRef { name target { oid ... on Commit { messageHeadline author { email } } } } } }`);
  expect(data?.repository).toEqual({
    databaseId: web.id,
    nameWithOwner: 'acme/web',
    url: `${hub.url}/acme/web`,
    pushedAt: web.pushedAt,
    isArchived: false,
    isEmpty: false,
    isFork: false,
    isPrivate: false,
    defaultBranchRef: {
      name: 'main',
      target: { oid: web.head(), messageHeadline: 'Begin web', author: { email: 'ada@example.org' } },
    },
  });
});

interface RefsPage {
  readonly nodes: readonly { readonly name: string; readonly target: { readonly oid: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

it('pages through all heads', async () => {
  const found = new Map<string, string>();
  let after: string | null = null;
  let pages = 0;
  do {
    const answer: Answer = await query(
      `query ($id: ID!, $after: String) { node(id: $id) { ... on Repository {
         refs(refPrefix: "refs/heads/", first: 100, after: $after) {
           nodes { name target { oid } } pageInfo { hasNextPage endCursor } } } } }`,
      { variables: { id: web.nodeId, after } },
    );
    const { nodes, pageInfo } = (answer.data as { node: { refs: RefsPage } }).node.refs;
    for (const { name, target } of nodes) found.set(name, target.oid);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    pages += 1;
  } while (after !== null);
  expect(pages).toBe(3);
  expect(found).toEqual(web.heads());
});

it('has nothing to tell of an empty repository', async () => {
  const { data } = await query(
    `{ repository(owner: "acme", name: "empty") { isEmpty defaultBranchRef { name } refs(refPrefix: "refs/heads/", first: 5) { totalCount } } }`,
  );
  expect(data?.repository).toEqual({ isEmpty: true, defaultBranchRef: null, refs: { totalCount: 0 } });
});

it('lists an owner by what was pushed last', async () => {
  const { data } = await query(
    `{ repositoryOwner(login: "acme") { login repositories(first: 2, orderBy: { field: PUSHED_AT, direction: DESC }) {
      totalCount nodes { name } pageInfo { hasNextPage } } } nobody: repositoryOwner(login: "nobody") { login } }`,
  );
  expect(data).toEqual({
    repositoryOwner: {
      login: 'acme',
      repositories: {
        totalCount: 3,
        nodes: [{ name: 'empty' }, { name: 'hidden' }],
        pageInfo: { hasNextPage: true },
      },
    },
    nobody: null,
  });
});

describe('a part that fails leaves the others, with status 200', () => {
  const three = `query ($ids: [ID!]!) { a: repository(owner: "acme", name: "web") { name }
    b: repository(owner: "acme", name: "hidden") { name } c: repository(owner: "acme", name: "none") { name }
    nodes(ids: $ids) { ... on Repository { name } } }`;
  const ask3 = (token: string) =>
    query(three, { token, variables: { ids: [hidden.nodeId, web.nodeId, 'R_none'] } });

  it('what does not exist', async () => {
    const { data, errors } = await ask3('secret');
    expect(data).toEqual({
      a: { name: 'web' },
      b: { name: 'hidden' },
      c: null,
      nodes: [{ name: 'hidden' }, { name: 'web' }, null],
    });
    expect(errors?.map(({ type, path }) => [type, path])).toEqual([
      ['NOT_FOUND', ['c']],
      ['NOT_FOUND', ['nodes', 2]],
    ]);
    expect(errors?.[0]?.message).toBe("Could not resolve to a Repository with the name 'acme/none'.");
  });

  it('what the token may not see', async () => {
    hub.addToken({ token: 'narrow', repos: [] });
    const { data, errors } = await ask3('narrow');
    expect(data).toMatchObject({ a: { name: 'web' }, b: null, nodes: [null, { name: 'web' }, null] });
    expect(errors?.map(({ type }) => type)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
  });

  it('what single sign-on keeps back', async () => {
    hub.addToken({ token: 'unsigned', sso: true });
    const { data, errors } = await ask3('unsigned');
    expect(data).toMatchObject({ a: { name: 'web' }, b: null });
    expect(errors?.find(({ type }) => type === 'FORBIDDEN')).toMatchObject({
      path: ['b'],
      extensions: { saml_failure: true },
    });
  });
});

it.each([
  ['a field that GitHub has not', '{ viewer { shoeSize } }', /Cannot query field "shoeSize"/],
  ['what is not a query', '{ viewer', /Syntax Error/],
  [
    'a connection without a bound',
    '{ repository(owner: "acme", name: "web") { refs(refPrefix: "refs/heads/") { totalCount } } }',
    /You must provide a `first` or `last`/,
  ],
  [
    'too long a page',
    '{ repository(owner: "acme", name: "web") { refs(refPrefix: "refs/heads/", first: 101) { totalCount } } }',
    /Requesting 101 records/,
  ],
])('refuses %s with status 200', async (_, text, message) => {
  const { data, errors } = await query(text);
  expect(data).toBeUndefined();
  expect(errors?.[0]?.message).toMatch(message);
});

describe('points', () => {
  it('are a hundredth of the connections, at least one', async () => {
    hub.resetCounters();
    const one = (index: number) =>
      `r${index}: repository(owner: "acme", name: "web") { refs(refPrefix: "refs/heads/", first: 100) { totalCount } }`;
    const many = (count: number) =>
      query(
        `{ rateLimit { cost limit remaining resetAt } ${Array.from({ length: count }, (_, index) => one(index)).join(' ')} }`,
      );
    expect((await many(50)).data?.rateLimit).toMatchObject({ cost: 1, limit: 5000, remaining: 4999 });
    expect((await many(200)).data?.rateLimit).toMatchObject({ cost: 2, remaining: 4997 });
    expect(hub.requests.map(({ cost }) => cost)).toEqual([1, 2]);
    expect(hub.quota('secret')).toMatchObject({ graphql: { used: 3 }, core: { used: 0 } });
  });

  it('used up are an error with status 200', async () => {
    hub.setQuota('secret', 'graphql', { remaining: 0 });
    const { data, errors } = await query('{ viewer { login } }');
    hub.resetCounters();
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([{ type: 'RATE_LIMIT' }]);
  });
});

it('wants a token', async () => {
  const { status } = await ask(hub.graphqlUrl, { method: 'POST', body: { query: '{ viewer { login } }' } });
  expect(status).toBe(401);
});
