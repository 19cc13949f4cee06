import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Observation } from '../../../src/forge/forge.ts';
import { type Fault, type Hub, startStandIn } from '../../stand-in/stand-in.ts';
import { byBranch } from '../memory.ts';
import { headsOf, type Watcher, watch } from './watcher.ts';

let hub: Hub;

beforeAll(async () => {
  hub = await startStandIn({ token: 'secret', validate: false });
  await hub.createRepos(3, { owner: 'acme' });
  await hub.createBranches(
    'acme/repo-0002',
    Array.from({ length: 150 }, (_, index) => `topic/${index}`),
  );
  await hub.createRepo({ owner: 'acme', name: 'empty' });
});
afterAll(() => hub.close());
beforeEach(() => hub.clearFaults());

describe('a listing that lies', () => {
  test('an empty list of repositories loses none of them', async () => {
    const watcher = watch(hub);
    await watcher.observe(['acme/repo-*']);
    hub.fault({ path: '/orgs/acme/repos' }, { do: 'empty-list' });

    const seen = await watcher.observe(['acme/repo-*'], { full: true });

    expect(seen.troubles).toEqual([]);
    expect(seen.repos).toHaveLength(3);
    expect(seen.seen).toHaveLength(3);
  });

  test('a list of repositories that ends too early loses none of them', async () => {
    const many = await startStandIn({ token: 'secret', validate: false });
    await many.createRepos(120, { owner: 'acme' });
    const watcher = watch(many);
    await watcher.observe(['acme/*']);
    many.fault({ path: '/orgs/acme/repos' }, { do: 'no-next-page' });

    const seen = await watcher.observe(['acme/*'], { full: true });
    await many.close();

    expect(seen).toMatchObject({ full: true, troubles: [] });
    expect(seen.repos).toHaveLength(120);
  });

  test('a list of branches without any is not believed', async () => {
    hub.fault({ kind: 'graphql' }, { do: 'empty-list' });

    const seen = await watch(hub).observe(['acme/repo-0001']);

    expect(seen.repos).toEqual([]);
    expect(seen.troubles).toMatchObject([
      { kind: 'unreadable', message: expect.stringContaining('not whole') },
    ]);
  });

  test('a list of branches that ends too early is not believed', async () => {
    hub.fault({ kind: 'graphql' }, { do: 'no-next-page' });

    const seen = await watch(hub).observe(['acme/repo-0001', 'acme/repo-0002']);

    expect(seen.repos.map(({ repo }) => repo.name)).toEqual(['repo-0001']);
    expect(seen.troubles).toMatchObject([{ name: 'repo-0002', kind: 'unreadable' }]);
  });
});

describe('an answer of another shape', () => {
  const repo = { id: 1, name: 'web', owner: { login: 'acme' }, pushed_at: '2026-01-01T00:00:00Z' };

  test.each([
    [{ message: 'hello' }],
    [null],
    ['text'],
    [[null]],
    [[{ ...repo, id: '1' }]],
    [[{ ...repo, owner: null }]],
    [[{ ...repo, name: '../../etc' }]],
    [[{ ...repo, name: '..' }]],
    [[repo, { ...repo, id: 2, name: 'a b\u001b[31m' }]],
  ])('%j is no list of repositories', async (answer) => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const seen = await watch({ apiUrl }).look(['acme/*']);
    server.close();

    expect(seen).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('login page in between'),
    });
  });
});

const faults: readonly Fault[] = [
  { do: 'reset' },
  { do: 'cut', afterBytes: 300 },
  { do: 'cut-json' },
  { do: 'garbage' },
  { do: 'html' },
  { do: 'html', status: 502 },
  { do: 'status', status: 500 },
  { do: 'not-found' },
  { do: 'conflict' },
  { do: 'secondary-limit', status: 200 },
  { do: 'secondary-limit' },
  { do: 'primary-limit' },
  { do: 'graphql-timeout' },
  { do: 'graphql-error', field: 'r0', type: 'NOT_FOUND' },
  { do: 'graphql-error', field: 'r1' },
  { do: 'empty-list' },
  { do: 'no-next-page' },
];

const fault = fc.record({
  kind: fc.constantFrom('rest' as const, 'graphql' as const),
  fault: fc.constantFrom(...faults),
  skip: fc.nat(4),
  times: fc.integer({ min: 1, max: 3 }),
});

const names = ['repo-0001', 'repo-0002', 'repo-0003'];

/** Every list of heads is the real one, and a full look speaks of every repository. */
function check(seen: Observation, watcher: Watcher): void {
  if (seen.outcome !== 'observed') return;
  const troubled = seen.troubles.map(({ name }) => name);
  const told = seen.repos.map(({ repo }) => repo.name);
  expect(told.filter((name) => troubled.includes(name))).toEqual([]);
  for (const { repo, heads } of seen.repos) {
    expect(byBranch(heads)).toEqual(hub.repo(`acme/${repo.name}`).heads());
  }
  if (!seen.full) return;
  const spoken = [...troubled, ...seen.seen.map(({ name }) => name)];
  for (const { name } of watcher.memory.known.repos()) expect(spoken).toContain(name);
}

test('whatever goes wrong, only real lists of heads are told, and the first good look knows every push', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { minLength: 1, maxLength: 3 }),
      fc.array(fc.record({ full: fc.boolean(), push: fc.nat(3) }), { minLength: 2, maxLength: 4 }),
      fc.boolean(),
      async (wrongs, looks, full) => {
        hub.clearFaults();
        hub.resetCounters();
        const watcher = watch(hub);
        await watcher.observe(['acme/*']);
        for (const { kind, fault, skip, times } of wrongs) hub.fault({ kind }, fault, { skip, times });
        for (const [index, { full, push }] of looks.entries()) {
          if (push > 0) await hub.commit(`acme/repo-000${push}`, 'main');
          check(await watcher.look(['acme/*'], { full, later: index * 7_200_000 }), watcher);
        }
        hub.clearFaults();
        await watcher.look(['acme/*'], { full, later: 10 * 7_200_000 });
        expect(watcher.memory.heads).toEqual(headsOf(hub, ...names.map((name) => `acme/${name}`)));
      },
    ),
    { numRuns: 60 },
  );
});
