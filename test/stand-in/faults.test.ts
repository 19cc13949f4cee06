import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask } from './client.ts';
import { type Fault, type Hub, type StandInRepo, startStandIn } from './stand-in.ts';

let hub: Hub;
let web: StandInRepo;
const list = () => ask(`${hub.apiUrl}/orgs/acme/repos?per_page=1`, { token: 'secret' });
const heads = () =>
  ask(hub.graphqlUrl, {
    token: 'secret',
    method: 'POST',
    body: {
      query: `{ a: repository(owner: "acme", name: "web") { refs(refPrefix: "refs/heads/", first: 1) { nodes { name } pageInfo { hasNextPage } } }
                b: repository(owner: "acme", name: "web") { name } }`,
    },
  });

beforeAll(async () => {
  hub = await startStandIn({ token: 'secret' });
  web = await hub.createRepo({ owner: 'acme', name: 'web', files: { a: 'a' } });
  await hub.commit(web, 'side');
  await hub.createRepo({ owner: 'acme', name: 'ui' });
});
afterEach(() => hub.clearFaults());
afterAll(() => hub.close());

describe('answers', () => {
  it.each<[Fault, number, RegExp]>([
    [{ do: 'html' }, 200, /<html>/],
    [{ do: 'html', status: 502 }, 502, /<html>/],
    [{ do: 'garbage' }, 200, /garbage/],
    [{ do: 'status', status: 500 }, 500, /message/],
    [{ do: 'unauthorized' }, 401, /Bad credentials/],
    [{ do: 'sso' }, 403, /SAML/],
    [{ do: 'primary-limit' }, 403, /API rate limit exceeded/],
    [{ do: 'primary-limit', status: 429 }, 429, /API rate limit exceeded/],
    [{ do: 'secondary-limit', retryAfterSeconds: 90 }, 403, /secondary rate limit/],
    [{ do: 'not-found' }, 404, /Not Found/],
    [{ do: 'conflict' }, 409, /empty/],
    [{ do: 'empty-list' }, 200, /^\[\]$/],
  ])('%o', async (fault, status, text) => {
    hub.fault({ kind: 'rest' }, fault);
    const answer = await list();
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
    expect(answer.headers['x-ratelimit-resource']).toBe('core');
  });

  it('tell how long a limit lasts', async () => {
    hub.fault({}, { do: 'secondary-limit', retryAfterSeconds: 90 }, { times: 1 });
    expect((await list()).headers['retry-after']).toBe('90');
    hub.fault({}, { do: 'primary-limit', resetInSeconds: 120 }, { times: 1 });
    const { headers } = await list();
    expect(headers['x-ratelimit-remaining']).toBe('0');
    expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(Date.now() / 1000 + 60);
  });

  it('hide that there are more pages', async () => {
    expect((await list()).headers.link).toContain('rel="next"');
    hub.fault({}, { do: 'no-next-page' });
    expect((await list()).headers.link).toBeUndefined();
    expect((await heads()).text).toContain('"hasNextPage":false');
  });

  it('stop in the middle of the JSON', async () => {
    hub.fault({}, { do: 'cut-json' });
    const answer = await list();
    expect(() => answer.json).toThrow();
  });
});

describe('GraphQL', () => {
  it('fails in one field', async () => {
    hub.fault({ kind: 'graphql' }, { do: 'graphql-error', field: 'a', type: 'FORBIDDEN' });
    expect((await heads()).json).toMatchObject({
      data: { a: null, b: { name: 'web' } },
      errors: [{ type: 'FORBIDDEN', path: ['a'] }],
    });
  });

  it('runs out of time, with 502', async () => {
    hub.fault({ kind: 'graphql' }, { do: 'graphql-timeout' });
    const { status, json } = await heads();
    expect(status).toBe(502);
    expect(json).toMatchObject({ data: null, errors: [{ message: expect.stringContaining('timeout') }] });
  });

  it('is limited with status 200', async () => {
    hub.fault({ kind: 'graphql' }, { do: 'primary-limit' });
    const { status, json } = await heads();
    expect([status, json]).toMatchObject([200, { errors: [{ type: 'RATE_LIMIT' }] }]);
  });

  it('lies that there are no branches', async () => {
    hub.fault({ kind: 'graphql' }, { do: 'empty-list' });
    expect((await heads()).json).toMatchObject({
      data: { a: { refs: { nodes: [], pageInfo: { hasNextPage: false } } } },
    });
  });
});

describe('connections', () => {
  it('are reset', async () => {
    hub.fault({}, { do: 'reset' });
    await expect(list()).rejects.toThrow(/ECONNRESET|hang up/);
  });

  it('end before the promised length', async () => {
    hub.fault({}, { do: 'cut', afterBytes: 100 });
    await expect(list()).rejects.toThrow(/aborted/);
    expect(hub.requests.at(-1)?.bytes).toBe(100);
  });

  it('end within a chunked answer', async () => {
    hub.fault({}, { do: 'cut', afterBytes: 100, chunked: true });
    await expect(list()).rejects.toThrow(/aborted/);
  });

  it('drip', async () => {
    hub.fault({}, { do: 'slow', bytes: 500, everyMs: 1 });
    const answer = await list();
    expect(answer.json).toHaveLength(1);
  });

  it('hang, until the client has enough', async () => {
    hub.fault({}, { do: 'hang' });
    const client = new AbortController();
    const answer = fetch(`${hub.apiUrl}/meta`, { signal: client.signal });
    await vi.waitFor(() => expect(hub.requests.at(-1)).toMatchObject({ status: null, fault: 'hang' }));
    client.abort();
    await expect(answer).rejects.toThrow(/abort/);
  });
});

describe('git', () => {
  const clone = () =>
    promisify(execFile)('git', ['ls-remote', web.cloneUrl], {
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
    });

  it.each<[Fault, RegExp]>([
    [{ do: 'reset' }, /reset|Empty reply|Recv failure/],
    [{ do: 'status', status: 503 }, /503/],
    [{ do: 'unauthorized' }, /Username|Authentication/],
    [{ do: 'cut', afterBytes: 20 }, /fatal/],
    [{ do: 'html' }, /not valid|fatal/],
  ])('%o', async (fault, message) => {
    hub.fault({ kind: 'git' }, fault);
    await expect(clone()).rejects.toThrow(message);
    hub.clearFaults();
    expect((await clone()).stdout).toContain(web.head());
  });
});

describe('a fault', () => {
  it('hits as often as it is told, after those that it lets through', async () => {
    const fault = hub.fault({ path: '/orgs/' }, { do: 'not-found' }, { skip: 1, times: 2 });
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await list()).status);
    expect(statuses).toEqual([200, 404, 404, 200]);
    expect(fault.hits()).toBe(2);
  });

  it('hits what fits, until it is removed', async () => {
    const fault = hub.fault(
      { kind: 'graphql', body: /owner: "acme", name: "web"/, token: 'secret' },
      { do: 'not-found' },
    );
    expect((await list()).status).toBe(200);
    expect((await heads()).status).toBe(404);
    fault.remove();
    expect((await heads()).status).toBe(200);
  });
});

it('is trusted over TLS by who trusts its authority, and by nobody else', async () => {
  await using secure = await startStandIn({ tls: true });
  expect(secure.url).toMatch(/^https:/);
  const ca = readFileSync(secure.caFile);
  expect((await ask(`${secure.apiUrl}/meta`, { ca })).status).toBe(200);
  await expect(ask(`${secure.apiUrl}/meta`)).rejects.toThrow(/certificate/);
  secure.fault({}, { do: 'reset' });
  await expect(ask(`${secure.apiUrl}/meta`, { ca })).rejects.toThrow(/hang up|ECONNRESET/);
});
