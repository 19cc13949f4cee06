import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AskOptions, ask } from './client.ts';
import { type Hub, type StandInRepo, startStandIn } from './stand-in.ts';

let now = Date.UTC(2030, 0, 1);
let hub: Hub;
let web: StandInRepo;
const list = (options: AskOptions = {}) =>
  ask(`${hub.apiUrl}/orgs/acme/repos?sort=pushed&per_page=100`, { token: 'secret', ...options });
const conditional = (etag: string | undefined, options: AskOptions = {}) =>
  list({ ...options, headers: { ...options.headers, 'if-none-match': etag ?? '' } });

beforeAll(async () => {
  hub = await startStandIn({ token: 'secret', now: () => now });
  hub.addToken({ token: 'other' });
  web = await hub.createRepo({ owner: 'acme', name: 'web', files: { a: 'a' } });
});
beforeEach(() => hub.resetCounters());
afterAll(() => hub.close());

describe('an ETag', () => {
  it('answers 304 without a body and without a point, until something is pushed', async () => {
    const { etag } = (await list()).headers;
    expect(etag).toMatch(/^W\/"[0-9a-f]{64}"$/);
    const same = await conditional(etag);
    expect([same.status, same.text, same.headers.etag]).toEqual([304, '', etag]);
    expect(same.headers['x-ratelimit-remaining']).toBe('4999');
    await hub.commit(web, 'side');
    expect((await conditional(etag)).status).toBe(200);
    expect(hub.quota('secret').core.used).toBe(2);
  });

  it('differs by token and by Accept', async () => {
    const { etag } = (await list()).headers;
    expect((await conditional(etag, { token: 'other' })).status).toBe(200);
    expect((await conditional(etag, { headers: { accept: 'application/json' } })).status).toBe(200);
    expect((await conditional(etag)).status).toBe(304);
  });

  it('is one of several, strong or weak', async () => {
    const etag = (await list()).headers.etag ?? '';
    expect((await conditional(`"x", ${etag.replace('W/', '')}`)).status).toBe(304);
    expect((await conditional('"x"')).status).toBe(200);
  });

  it('does not move with a push that pushed_at does not tell', async () => {
    const { etag } = (await list()).headers;
    hub.freezePushedAt(web, true);
    await hub.commit(web, 'main');
    hub.freezePushedAt(web, false);
    expect((await conditional(etag)).status).toBe(304);
  });

  it('costs who has no token a point all the same', async () => {
    const anonymous = (headers: Record<string, string> = {}) =>
      ask(`${hub.apiUrl}/orgs/acme/repos`, { headers });
    const first = await anonymous();
    const used = hub.quota().core.used;
    expect((await anonymous({ 'if-none-match': first.headers.etag ?? '' })).status).toBe(304);
    expect(hub.quota().core.used).toBe(used + 1);
  });
});

describe('a quota', () => {
  it('is counted by token and told with every answer', async () => {
    await list();
    const { headers } = await list();
    expect(headers).toMatchObject({
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4998',
      'x-ratelimit-used': '2',
      'x-ratelimit-resource': 'core',
      'x-ratelimit-reset': String((now + 3_600_000) / 1000),
    });
    expect(hub.quota('other').core.used).toBe(0);
  });

  it('is refused when it is used up, and full again after its window', async () => {
    hub.setQuota('secret', 'core', { remaining: 1, resetAt: now + 60_000 });
    expect((await list()).status).toBe(200);
    const refused = await list();
    expect([refused.status, refused.headers['x-ratelimit-remaining']]).toEqual([403, '0']);
    expect(refused.json).toMatchObject({ message: expect.stringMatching(/^API rate limit exceeded/) });
    const told = await ask(`${hub.apiUrl}/rate_limit`, { token: 'secret' });
    expect(told.json).toMatchObject({ resources: { core: { remaining: 0 }, graphql: { remaining: 5000 } } });
    now += 60_000;
    expect((await list()).status).toBe(200);
  });
});

it('logs what was asked and what it cost', async () => {
  const { etag } = (await list()).headers;
  await conditional(etag);
  expect(hub.requests).toMatchObject([
    {
      kind: 'rest',
      method: 'GET',
      status: 200,
      conditional: false,
      cost: 1,
      token: 'secret',
      userAgent: 'test',
    },
    {
      path: '/api/v3/orgs/acme/repos?sort=pushed&per_page=100',
      status: 304,
      conditional: true,
      cost: 0,
      bytes: 0,
    },
  ]);
  expect(hub.requests[0]?.bytes).toBeGreaterThan(1000);
});
