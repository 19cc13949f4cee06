import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Limit } from '../../../src/forge/forge.ts';
import { type Fault, type Hub, startStandIn } from '../../stand-in/stand-in.ts';
import { createMemory } from '../memory.ts';
import { headsOf, start, type Watcher, watch } from './watcher.ts';

let hub: Hub;
let watcher: Watcher;

beforeAll(async () => {
  hub = await startStandIn({ token: 'secret' });
  await hub.createRepos(4, { owner: 'acme' });
});
afterAll(() => hub.close());

/** A polled hub in which something has moved since. */
beforeEach(async () => {
  hub.clearFaults();
  watcher = watch(hub);
  await watcher.observe(['acme/*']);
  await hub.commit('acme/repo-0002', 'main');
  await hub.commit('acme/repo-0003', 'main');
  hub.resetCounters();
});

type FaultMatch = Parameters<Hub['fault']>[0];

const listing: FaultMatch = { kind: 'rest', path: '/orgs/acme/repos' };
const query: FaultMatch = { kind: 'graphql' };

interface Row {
  readonly fault: Fault;
  readonly outcome: 'failed' | 'limited';
  readonly says: RegExp;
  readonly deadlineMs?: number;
  readonly requests?: number;
}

const rows: Record<string, Row> = {
  'reset connection': { fault: { do: 'reset' }, outcome: 'failed', says: /broke the connection off/ },
  'answer that never comes': {
    fault: { do: 'hang' },
    outcome: 'failed',
    says: /no whole answer within 0.4 s/,
    deadlineMs: 400,
  },
  'answer that drips': {
    fault: { do: 'slow' },
    outcome: 'failed',
    says: /no whole answer within 0.4 s/,
    deadlineMs: 400,
  },
  'answer cut off': {
    fault: { do: 'cut', afterBytes: 100 },
    outcome: 'failed',
    says: /broke the connection off/,
  },
  'chunked answer cut off': {
    fault: { do: 'cut', afterBytes: 100, chunked: true },
    outcome: 'failed',
    says: /broke the connection off/,
  },
  'cut JSON': { fault: { do: 'cut-json' }, outcome: 'failed', says: /login page in between/ },
  garbage: { fault: { do: 'garbage' }, outcome: 'failed', says: /login page in between/ },
  'HTML with status 200': { fault: { do: 'html' }, outcome: 'failed', says: /login page in between/ },
  'wrong or expired token': {
    fault: { do: 'unauthorized' },
    outcome: 'failed',
    says: /401 \(Bad credentials.*make a new one/,
  },
  'single sign-on': {
    fault: { do: 'sso' },
    outcome: 'failed',
    says: /single sign-on at https:\/\/github.example\/orgs\/acme\/sso/,
  },
  'missing right': {
    fault: { do: 'status', status: 403, message: 'Resource not accessible' },
    outcome: 'failed',
    says: /lacks a right/,
  },
  'quota used up (403)': {
    fault: { do: 'primary-limit', status: 403 },
    outcome: 'limited',
    says: /quota of 5000/,
  },
  'quota used up (429)': {
    fault: { do: 'primary-limit', status: 429 },
    outcome: 'limited',
    says: /quota of 5000/,
  },
  'secondary limit (403)': {
    fault: { do: 'secondary-limit', status: 403 },
    outcome: 'limited',
    says: /pause/,
  },
  'secondary limit (429)': {
    fault: { do: 'secondary-limit', status: 429 },
    outcome: 'limited',
    says: /pause/,
  },
  'secondary limit without a time': {
    fault: { do: 'secondary-limit', retryAfterSeconds: null },
    outcome: 'limited',
    says: /pause/,
  },
  'not found': {
    fault: { do: 'not-found' },
    outcome: 'failed',
    says: /404|no organisation and no user acme/,
  },
  conflict: { fault: { do: 'conflict' }, outcome: 'failed', says: /409/ },
  'bad gateway as HTML': { fault: { do: 'html', status: 502 }, outcome: 'failed', says: /502/ },
  'no service': { fault: { do: 'status', status: 503 }, outcome: 'failed', says: /503/ },
  'server error': { fault: { do: 'status', status: 500 }, outcome: 'failed', says: /500/ },
};

describe.each([
  ['the listing', listing],
  ['the query for heads', query],
])('%s meets', (_, match) => {
  test.each(Object.entries(rows))(
    '%s: nothing is believed, and it is said',
    async (_, { fault, outcome, says, deadlineMs = 20_000 }) => {
      const known = new Map(watcher.memory.heads);
      hub.fault(match, fault);

      const seen = await watcher.look(['acme/*'], { deadlineMs });

      expect(seen).toMatchObject({ outcome, message: expect.stringMatching(says) });
      expect(seen.requests).toBeLessThanOrEqual(5);
      expect(watcher.memory.heads).toEqual(known);
      hub.clearFaults();
      const names = [...known.keys()];
      const after = outcome === 'limited' ? 3_700_000 : 0;
      expect(await watcher.look(['acme/*'], { later: after })).toMatchObject({ outcome: 'observed' });
      expect(watcher.memory.heads).toEqual(headsOf(hub, ...names));
    },
  );
});

test('a wrong token stops the look at its first answer', async () => {
  hub.addAccount('other', 'Organization');
  const stranger = watch(hub, { token: 'wrong' });

  const seen = await stranger.look(['acme/*', 'other/*'], { full: true });

  expect(seen).toMatchObject({ outcome: 'failed', requests: 1 });
  expect(hub.requests).toHaveLength(1);
});

describe('limits', () => {
  const limitIn = (limits: readonly Limit[], resource: string) =>
    limits.find((limit) => limit.resource === resource);

  test.each(['core', 'graphql'] as const)(
    'a tick before the reset of a used-up %s quota asks nothing',
    async (resource) => {
      hub.setQuota('secret', resource, { remaining: 0, resetAt: Date.now() + 1_800_000 });
      const first = await watcher.look(['acme/*'], { full: true });
      expect(first).toMatchObject({ outcome: 'limited' });
      const until = first.outcome === 'limited' ? first.until - start : 0;
      expect(Math.abs(until - 1_800_000)).toBeLessThan(30_000);
      hub.resetCounters();

      const second = await watcher.look(['acme/*'], { later: until - 1 });

      expect(second).toMatchObject({ outcome: 'limited', requests: 0, points: 0 });
      expect(hub.requests).toHaveLength(0);
      expect(await watcher.look(['acme/*'], { later: until + 1 })).toMatchObject({ outcome: 'observed' });
    },
  );

  test('retry-after is obeyed by the following ticks', async () => {
    hub.fault(listing, { do: 'secondary-limit', retryAfterSeconds: 90 }, { times: 1 });
    await watcher.look(['acme/*']);
    expect(limitIn(watcher.memory.known.limits, 'secondary')).toMatchObject({
      remaining: null,
      resetAt: start + 90_000,
    });

    expect(await watcher.look(['acme/*'], { later: 89_000 })).toMatchObject({
      outcome: 'limited',
      requests: 0,
    });
    expect(await watcher.look(['acme/*'], { later: 91_000 })).toMatchObject({ outcome: 'observed' });
  });

  test.each([
    ['the listing', listing, 403],
    ['a query', query, 403],
    ['a query, with status 200', query, 200],
  ] as const)('retry-after counts from the answer on: that of %s', async (_, match, status) => {
    hub.fault(match, { do: 'secondary-limit', status, retryAfterSeconds: 90 });

    expect(await watcher.look(['acme/*'], { lasts: 40_000 })).toMatchObject({
      outcome: 'limited',
      until: start + 40_000 + 90_000,
    });
  });

  test('a secondary limit that GraphQL tells with status 200 is one', async () => {
    hub.fault(query, { do: 'secondary-limit', status: 200, retryAfterSeconds: 30 });

    expect(await watcher.look(['acme/*'])).toMatchObject({ outcome: 'limited', until: start + 30_000 });
  });

  test('every answer tells the quotas and the end of the token', async () => {
    const expires = Date.UTC(2099, 1, 3);
    hub.addToken({ token: 'ending', expires });

    const seen = await watch(hub, { token: 'ending' }).observe(['acme/*']);

    expect(seen.tokenExpiresAt).toBe(expires);
    expect(limitIn(seen.limits, 'core')).toMatchObject({ limit: 5000, remaining: 4999 });
    expect(limitIn(seen.limits, 'graphql')).toMatchObject({ limit: 5000, remaining: 4999 });
  });

  test('a limit in the middle keeps what was read and asks for the rest later', async () => {
    const many = await startStandIn({ token: 'secret' });
    await many.createRepos(60, { owner: 'acme' });
    many.fault(query, { do: 'primary-limit' }, { skip: 1 });
    const later = watch(many);

    const seen = await later.observe(['acme/*'], { full: true });

    expect(seen.full).toBe(false);
    expect(seen.troubles).toEqual([]);
    expect(seen.responses).toEqual([]);
    expect(seen.repos.length).toBeGreaterThan(0);
    expect(seen.repos.length).toBeLessThan(60);
    many.clearFaults();
    expect(await later.look(['acme/*'], { later: 1000 })).toMatchObject({ outcome: 'limited', requests: 0 });
    await later.observe(['acme/*'], { later: 3_700_000 });
    expect(later.memory.heads.size).toBe(60);
    await many.close();
  });
});

describe('a query that is too much for GitHub', () => {
  test('is halved until the repository is found that it is too much for', async () => {
    hub.fault({ kind: 'graphql', body: 'repo-0002' }, { do: 'graphql-timeout' });

    const seen = await watcher.observe(['acme/*'], { full: true });

    expect(seen.full).toBe(true);
    expect(seen.troubles).toMatchObject([
      { name: 'repo-0002', kind: 'unreadable', message: expect.stringContaining('502') },
    ]);
    expect(seen.repos.map(({ repo }) => repo.name).sort()).toEqual(['repo-0001', 'repo-0003', 'repo-0004']);
  });

  test('is asked again in halves when GitHub says so with status 200', async () => {
    hub.fault(query, { do: 'status', status: 504, message: 'timeout' }, { times: 1 });

    const seen = await watcher.observe(['acme/*'], { full: true });

    expect(seen.troubles).toEqual([]);
    expect(seen.repos).toHaveLength(4);
    expect(seen.requests).toBe(4);
  });

  test('a broken repository is asked again only when its time has come, and the others go on', async () => {
    const broken = hub.fault({ kind: 'graphql', body: 'repo-0002' }, { do: 'graphql-timeout' });
    await watcher.observe(['acme/*'], { full: true });
    hub.resetCounters();

    expect(await watcher.look(['acme/*'], { later: 30_000 })).toMatchObject({
      outcome: 'unchanged',
      requests: 1,
    });
    const full = await watcher.observe(['acme/*'], { full: true, later: 30_000 });
    expect(full.seen.map(({ name }) => name)).toContain('repo-0002');
    expect(full.repos.map(({ repo }) => repo.name)).not.toContain('repo-0002');
    expect(full.troubles).toEqual([]);
    broken.remove();
    const again = await watcher.observe(['acme/*'], { later: 61_000 });

    expect(again.repos.map(({ repo }) => repo.name)).toEqual(['repo-0002']);
    expect(await watcher.look(['acme/*'], { later: 62_000 })).toMatchObject({
      outcome: 'unchanged',
      requests: 1,
    });
  });
});

describe('a connection that never is one', () => {
  test.each([
    ['a host without address', 'http://ampci-test.invalid/api/v3', /has no address|cannot be looked up/],
    ['a closed port', 'http://127.0.0.1:1/api/v3', /refuses connections/],
  ])('%s', async (_, apiUrl, says) => {
    const nobody = watch(hub, { apiUrl, memory: createMemory() });

    expect(await nobody.look(['acme/*'])).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(says),
    });
  });

  test('a certificate of an unknown authority', async () => {
    const secure = await startStandIn({ token: 'secret', tls: true });
    const seen = await watch(secure).look(['acme/*']);
    await secure.close();

    expect(seen).toMatchObject({ outcome: 'failed', message: expect.stringMatching(/NODE_EXTRA_CA_CERTS/) });
  });

  test('HTTPS to a server that speaks HTTP', async () => {
    const apiUrl = hub.apiUrl.replace('http:', 'https:');

    expect(await watch(hub, { apiUrl }).look(['acme/*'])).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/does not speak TLS/),
    });
  });
});

test('a signal ends the look at once', async () => {
  hub.fault(listing, { do: 'hang' });
  const controller = new AbortController();
  const seen = watcher.look(['acme/*'], { signal: controller.signal });
  controller.abort();

  expect(await seen).toMatchObject({ outcome: 'failed', message: 'the look was stopped' });
});
