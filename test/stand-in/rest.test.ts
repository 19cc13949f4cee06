import { createSign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AskOptions, ask } from './client.ts';
import { type Hub, type StandInRepo, startStandIn } from './stand-in.ts';

let hub: Hub;
let web: StandInRepo;
const get = (path: string, options: AskOptions = {}) =>
  ask(hub.apiUrl + path, { token: 'secret', ...options });
const names = (json: unknown): string[] => (json as { name: string }[]).map(({ name }) => name);

beforeAll(async () => {
  hub = await startStandIn({ token: 'secret' });
  web = await hub.createRepo({ owner: 'acme', name: 'web', private: true, files: { 'README.md': 'hello' } });
  await hub.createBranches(web, ['feature/one', 'a|b', 'ünï/çode', 'HEAD']);
  await hub.createRepo({ owner: 'acme', name: 'empty' });
  await hub.createRepo({ owner: 'acme', name: 'old', archived: true, fork: true, files: { a: 'a' } });
  await hub.createRepo({ owner: 'bob', name: 'dots', ownerType: 'User', files: { a: 'a' } });
  await hub.createRepo({ owner: 'bob', name: 'hidden', private: true, files: { a: 'a' } });
  hub.addToken({ token: 'bobs', user: 'bob' });
});
afterAll(() => hub.close());

describe('what it serves is what GitHub describes', () => {
  it.each([
    '/orgs/acme',
    '/orgs/acme/repos',
    '/users/bob',
    '/users/bob/repos',
    '/user',
    '/user/repos',
    '/repos/acme/web',
    '/repos/acme/web/branches',
    '/repos/acme/web/branches/feature/one',
    '/repos/acme/web/branches/a%7Cb',
    '/repos/acme/web/branches/%C3%BCn%C3%AF%2F%C3%A7ode',
    '/repos/acme/web/git/matching-refs/heads/',
    '/repos/acme/web/git/ref/heads/main',
    '/repos/acme/web/commits/main',
    '/repos/acme/web/commits/heads/feature/one',
    '/repos/acme/web/commits/main/statuses',
    '/rate_limit',
    '/meta',
  ])('%s', async (path) => {
    const { status, text } = await get(path);
    expect(text).not.toContain('unlike');
    expect(status).toBe(200);
  });

  it.each([
    ['/repos/acme/web2', 404],
    ['/repos/acme/web/branches/none', 404],
    ['/repos/acme/web/git/ref/heads/none', 404],
    ['/repos/acme/web/commits/none', 422],
    ['/repos/acme/empty/commits/main', 409],
    ['/repos/acme/empty/git/matching-refs/heads/', 409],
    ['/orgs/bob/repos', 404],
    ['/orgs/none/repos', 404],
    ['/nothing/of/the/kind', 404],
  ])('%s is %i', async (path, status) => expect((await get(path)).status).toBe(status));
});

describe('listings', () => {
  it('put what was pushed last first', async () => {
    const before = names((await get('/orgs/acme/repos?sort=pushed')).json);
    expect(before[0]).toBe('old');
    await hub.commit(web, 'main');
    expect(names((await get('/orgs/acme/repos?sort=pushed')).json)[0]).toBe('web');
    expect(names((await get('/orgs/acme/repos?sort=full_name')).json)).toEqual(['empty', 'old', 'web']);
  });

  it('are followed by Link from the first page to the last', async () => {
    const repo = await hub.createRepo({ owner: 'wide', name: 'many', files: { a: 'a' } });
    const branches = Array.from({ length: 250 }, (_, index) => `branch-${index}`);
    await hub.createBranches(repo, branches);
    const found: string[] = [];
    let next: string | undefined = `${hub.apiUrl}/repos/wide/many/branches?per_page=100`;
    let pages = 0;
    while (next !== undefined) {
      const page = await ask(next, { token: 'secret' });
      found.push(...names(page.json));
      next = /<([^>]+)>; rel="next"/.exec(page.headers.link?.toString() ?? '')?.[1];
      pages += 1;
    }
    expect(pages).toBe(3);
    expect(found.sort()).toEqual([...branches, 'main'].sort());
  });

  it('never give more than a hundred a page, and thirty where nothing is said', async () => {
    const length = async (query: string) =>
      names((await get(`/repos/wide/many/branches${query}`)).json).length;
    expect(await length('?per_page=1000')).toBe(100);
    expect(await length('')).toBe(30);
    expect(await length('?page=99')).toBe(0);
  });
});

describe('a token', () => {
  it('sees the private repositories that it was given, and no others', async () => {
    const other = await hub.createRepo({ owner: 'acme', name: 'other', private: true });
    hub.addToken({ token: 'narrow', repos: ['acme/web'] });
    expect(names((await get('/orgs/acme/repos', { token: 'narrow' })).json)).not.toContain('other');
    expect((await get('/repos/acme/other', { token: 'narrow' })).status).toBe(404);
    expect((await get('/repos/acme/web', { token: 'narrow' })).status).toBe(200);
    hub.deleteRepo(other);
  });

  it('is refused when it is unknown or has ended, even for what is public', async () => {
    hub.addToken({ token: 'ended', expires: Date.now() - 1 });
    expect((await get('/repos/acme/old', { token: 'nobody' })).status).toBe(401);
    expect((await get('/repos/acme/old', { token: 'ended' })).status).toBe(401);
  });

  it('says when it will end, and its scopes', async () => {
    hub.addToken({ token: 'ending', expires: Date.UTC(2100, 0, 2, 3, 4, 5), scopes: ['repo', 'read:org'] });
    const { headers } = await get('/user', { token: 'ending' });
    expect(headers['github-authentication-token-expiration']).toBe('2100-01-02 03:04:05 UTC');
    expect(headers['x-oauth-scopes']).toBe('repo, read:org');
  });

  it('without single sign-on gets a part of a listing and a refusal that says where to go', async () => {
    hub.addToken({ token: 'unsigned', sso: true });
    const list = await get('/orgs/acme/repos', { token: 'unsigned' });
    expect(list.headers['x-github-sso']).toMatch(/^partial-results; organizations=\d+$/);
    expect(names(list.json)).not.toContain('web');
    const one = await get('/repos/acme/web', { token: 'unsigned' });
    expect([one.status, one.headers['x-github-sso']]).toEqual([
      403,
      expect.stringMatching(/^required; url=/),
    ]);
  });

  it('of a person finds its private repositories under /user/repos alone', async () => {
    expect(names((await get('/users/bob/repos', { token: 'bobs' })).json)).toEqual(['dots']);
    const own = await get('/user/repos?affiliation=owner', { token: 'bobs' });
    expect(names(own.json).sort()).toEqual(['dots', 'hidden']);
  });

  it('is not needed for what is public', async () => {
    const { json, headers } = await ask(`${hub.apiUrl}/orgs/acme/repos`);
    expect(names(json).sort()).toEqual(['empty', 'old']);
    expect(headers['x-ratelimit-limit']).toBe('60');
  });
});

it('refuses who does not say who they are', async () => {
  const response = await ask(`${hub.apiUrl}/meta`, { headers: { 'user-agent': '' } });
  expect(response.status).toBe(403);
});

it('leads from a former name to the repository, by its id', async () => {
  const repo = await hub.createRepo({ owner: 'acme', name: 'before', files: { a: 'a' } });
  hub.rename(repo, 'after');
  const moved = await get('/repos/acme/before/branches?per_page=5');
  expect([moved.status, moved.headers.location]).toEqual([
    301,
    `${hub.apiUrl}/repositories/${repo.id}/branches?per_page=5`,
  ]);
  expect(names((await ask(moved.headers.location ?? '', { token: 'secret' })).json)).toEqual(['main']);
  const posted = await get(`/repos/acme/before/statuses/${repo.head()}`, { method: 'POST', body: {} });
  expect(posted.status).toBe(307);
  await hub.createRepo({ owner: 'acme', name: 'before' });
  expect((await get('/repos/acme/before')).status).toBe(200);
});

it('leads from a former owner to the new one', async () => {
  const repo = await hub.createRepo({ owner: 'acme', name: 'leaving', files: { a: 'a' } });
  hub.transfer(repo, 'other-org');
  const { status, headers } = await get('/repos/acme/leaving');
  expect(status).toBe(301);
  const { json } = await ask(headers.location ?? '', { token: 'secret' });
  expect(json).toMatchObject({ id: repo.id, full_name: 'other-org/leaving' });
  expect(names((await get('/orgs/acme/repos')).json)).not.toContain('leaving');
});

describe('commits and statuses', () => {
  it('are read from the repository itself', async () => {
    const author = { name: 'Grace', email: 'grace@example.org' };
    const sha = await hub.commit(web, 'main', { files: { b: 'b' }, message: 'Add b\n\nAt last.', author });
    const { json } = await get('/repos/acme/web/commits/main');
    expect(json).toMatchObject({ sha, commit: { message: 'Add b\n\nAt last.', author }, parents: [{}] });
    const plain = await get('/repos/acme/web/commits/main', {
      headers: { accept: 'application/vnd.github.sha' },
    });
    expect(plain.text).toBe(sha);
  });

  it('statuses are kept, newest first, and only for who may write', async () => {
    const path = `/repos/acme/web/statuses/${web.head()}`;
    const post = (state: string, token = 'secret') =>
      get(path, { token, method: 'POST', body: { state, context: 'ci', target_url: 'https://ci.example' } });
    expect((await post('pending')).status).toBe(201);
    expect((await post('success')).status).toBe(201);
    expect((await post('perfect')).status).toBe(422);
    hub.addToken({ token: 'reader', scopes: [] });
    expect((await post('success', 'reader')).status).toBe(404);
    const { json } = await get(`/repos/acme/web/commits/main/statuses`);
    expect(json).toMatchObject([
      { state: 'success', context: 'ci', target_url: 'https://ci.example' },
      { state: 'pending' },
    ]);
    expect(web.statuses.map(({ state }) => state)).toEqual(['pending', 'success']);
  });
});

describe('an App', () => {
  const jwt = (key: string, claims: object) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
  };
  const seconds = () => Math.floor(Date.now() / 1000);

  it('signs for an installation token, which sees what the installation was given', async () => {
    const key = hub.addApp({ id: 7, installations: [{ id: 70, owner: 'acme', repos: ['acme/web'] }] }) ?? '';
    const app = jwt(key, { iss: 7, iat: seconds() - 30, exp: seconds() + 300 });
    expect((await get('/app/installations', { token: app })).json).toMatchObject([{ id: 70, app_id: 7 }]);
    expect((await get('/orgs/acme/installation', { token: app })).json).toMatchObject({ id: 70 });
    const made = await get('/app/installations/70/access_tokens', { token: app, method: 'POST' });
    expect(made.status).toBe(201);
    const { token } = made.json as { token: string };
    const seen = await get('/installation/repositories', { token });
    expect(seen.text).not.toContain('unlike');
    expect(names((seen.json as { repositories: unknown }).repositories)).toEqual(['web']);
    expect((await get('/repos/acme/web', { token })).status).toBe(200);
    expect((await get('/user', { token })).status).toBe(403);
  });

  it.each([
    ['another key', { iss: 7 }, true],
    ['too long a life', { iss: 7, exp: 3600 }, false],
    ['an issue in the future', { iss: 7, iat: 600 }, false],
    ['an end in the past', { iss: 7, iat: -900, exp: -300 }, false],
    ['an unknown App', { iss: 8 }, false],
  ])(
    'is refused with %s',
    async (_, { iss, iat = -30, exp = 300 }: { iss: number; iat?: number; exp?: number }, foreign) => {
      const installations = [{ id: 70, owner: 'acme' }];
      const own = hub.addApp({ id: 7, installations }) ?? '';
      const key = foreign ? (hub.addApp({ id: 9, installations: [] }) ?? '') : own;
      const token = jwt(key, { iss, iat: seconds() + iat, exp: seconds() + exp });
      expect((await get('/app/installations', { token })).status).toBe(401);
      const good = jwt(own, { iss: 7, iat: seconds() - 30, exp: seconds() + 300 });
      expect((await get('/app/installations', { token: good })).status).toBe(200);
    },
  );
});
