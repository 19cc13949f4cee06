import { describe, expect, test } from 'vitest';
import { type Hub, startStandIn } from '../../stand-in/stand-in.ts';
import { headsOf, watch } from './watcher.ts';

async function hubWith(count: number): Promise<Hub> {
  const hub = await startStandIn({ token: 'secret' });
  await hub.createRepos(count, { owner: 'acme' });
  return hub;
}

describe('a tick without news', () => {
  test.each([1, 10, 300])('asks once and pays nothing for %i repositories', async (count) => {
    await using hub = await hubWith(count);
    const watcher = watch(hub);
    const first = await watcher.observe(['acme/*']);
    expect(first.repos).toHaveLength(count);
    hub.resetCounters();

    const idle = await watcher.look(['acme/*']);

    expect(idle).toMatchObject({ outcome: 'unchanged', requests: 1, points: 0 });
    expect(hub.requests).toMatchObject([{ status: 304, conditional: true, cost: 0 }]);
  });

  test('reads no stored repositories', async () => {
    await using hub = await hubWith(3);
    const watcher = watch(hub);
    await watcher.observe(['acme/repo-0001', 'acme/repo-0002']);
    const known = {
      ...watcher.memory.known,
      repos: () => {
        throw new Error('was read');
      },
    };

    const idle = await watcher.forge.observe({
      wanted: ['repo-0001', 'repo-0002'].map((name) => ({ owner: 'acme', name, glob: false })),
      full: false,
      known,
      now: 0,
      deadlineMs: 5000,
      signal: new AbortController().signal,
    });

    expect(idle.outcome).toBe('unchanged');
  });
});

describe('a tick after a push', () => {
  test('asks for the listing and for the heads of what moved', async () => {
    await using hub = await hubWith(10);
    const watcher = watch(hub);
    await watcher.observe(['acme/*']);
    const sha = await hub.commit('acme/repo-0003', 'topic/new');
    hub.resetCounters();

    const seen = await watcher.observe(['acme/*']);

    expect(seen.repos.map(({ repo }) => repo.name)).toEqual(['repo-0003']);
    expect(seen.repos[0]?.heads).toContainEqual({ branch: 'topic/new', sha });
    expect(seen).toMatchObject({ requests: 2, points: 2, full: false, troubles: [] });
    expect(hub.requests).toHaveLength(2);
    const costs = hub.requests.map(({ cost }) => cost);
    expect(seen.points).toBe(costs.reduce((sum, cost) => sum + cost, 0));
    expect(await watcher.look(['acme/*'])).toMatchObject({ outcome: 'unchanged', requests: 1 });
  });

  test('walks the listing only as far as something moved', async () => {
    await using hub = await hubWith(250);
    const watcher = watch(hub);
    await watcher.observe(['acme/*']);
    await hub.commit('acme/repo-0001', 'main');
    hub.resetCounters();

    const seen = await watcher.observe(['acme/*']);

    expect(seen.repos.map(({ repo }) => repo.name)).toEqual(['repo-0001']);
    expect(hub.requests.map(({ kind }) => kind)).toEqual(['rest', 'graphql']);
  });

  test('does not ask for repositories that nobody watches', async () => {
    await using hub = await hubWith(3);
    const watcher = watch(hub);
    await watcher.observe(['acme/repo-0001']);
    await hub.commit('acme/repo-0002', 'main');

    const seen = await watcher.observe(['acme/repo-0001']);

    expect(seen).toMatchObject({ requests: 1, repos: [] });
    expect(seen.seen.map(({ name }) => name)).toEqual(['repo-0001']);
  });
});

describe('many heads', () => {
  test('all branches of a repository with 390 are read', async () => {
    await using hub = await hubWith(2);
    const branches = Array.from({ length: 389 }, (_, index) => `topic/${index}`);
    await hub.createBranches('acme/repo-0001', branches);
    const watcher = watch(hub);

    const seen = await watcher.observe(['acme/*']);

    expect(watcher.memory.heads).toEqual(headsOf(hub, 'acme/repo-0001', 'acme/repo-0002'));
    expect(watcher.memory.heads.get('acme/repo-0001')?.size).toBe(390);
    expect(seen.requests).toBeLessThanOrEqual(6);
  });

  test('a thousand repositories of which all moved take at most 25 requests, by hint and in full', async () => {
    await using hub = await startStandIn({ token: 'secret', validate: false });
    const repos = await hub.createRepos(1000, { owner: 'acme' });
    const watcher = watch(hub);

    const moved = await watcher.observe(['acme/*'], { deadlineMs: 45_000 });

    expect(moved.repos).toHaveLength(1000);
    expect(hub.requests.length).toBeLessThanOrEqual(25);
    expect(watcher.memory.heads).toEqual(headsOf(hub, ...repos.map(({ fullName }) => fullName)));
    hub.resetCounters();
    const full = await watcher.observe(['acme/*'], { full: true, deadlineMs: 45_000 });
    expect(full).toMatchObject({ full: true, troubles: [] });
    expect(full.repos).toHaveLength(1000);
    expect(hub.requests.length).toBeLessThanOrEqual(25);
    hub.resetCounters();
    expect(await watcher.look(['acme/*'])).toMatchObject({ outcome: 'unchanged', requests: 1, points: 0 });
  });

  test('what moved on later pages of the listing is found', async () => {
    await using hub = await hubWith(230);
    const watcher = watch(hub);
    await watcher.observe(['acme/*']);
    const names = Array.from(
      { length: 120 },
      (_, index) => `acme/repo-${String(index + 1).padStart(4, '0')}`,
    );
    for (const name of names) await hub.commit(name, 'main');
    hub.resetCounters();

    const seen = await watcher.observe(['acme/*']);

    expect(seen.repos.map(({ repo }) => `${repo.owner}/${repo.name}`).sort()).toEqual(names);
    expect(hub.requests.filter(({ kind }) => kind === 'rest')).toHaveLength(2);
    expect(watcher.memory.heads).toEqual(headsOf(hub, ...watcher.memory.heads.keys()));
  });
});

describe('a full look', () => {
  test('finds a push that the hint did not tell of', async () => {
    await using hub = await hubWith(3);
    const watcher = watch(hub);
    await watcher.observe(['acme/*']);
    hub.freezePushedAt('acme/repo-0002', true);
    const sha = await hub.commit('acme/repo-0002', 'main');
    expect(await watcher.look(['acme/*'])).toMatchObject({ outcome: 'unchanged' });

    const full = await watcher.observe(['acme/*'], { full: true });

    expect(full.full).toBe(true);
    expect(full.repos).toHaveLength(3);
    expect(watcher.memory.heads.get('acme/repo-0002')?.get('main')).toBe(sha);
  });
});

describe('stored answers', () => {
  test('another credential does not use them', async () => {
    await using hub = await hubWith(2);
    hub.addToken({ token: 'other' });
    const watcher = watch(hub);
    await watcher.observe(['acme/*']);
    const other = watch(hub, { token: 'other', memory: watcher.memory, fingerprint: 'another' });
    hub.resetCounters();

    await other.observe(['acme/*']);

    expect(hub.requests).toMatchObject([{ conditional: false, status: 200 }]);
    expect(await watcher.look(['acme/*'])).toMatchObject({ outcome: 'unchanged' });
    expect(await other.look(['acme/*'])).toMatchObject({ outcome: 'unchanged' });
  });

  test('another configuration does not use them', async () => {
    await using hub = await hubWith(3);
    const watcher = watch(hub);
    await watcher.observe(['acme/repo-0001']);

    const seen = await watcher.observe(['acme/repo-0001', 'acme/repo-0002']);

    expect(seen.repos.map(({ repo }) => repo.name)).toEqual(['repo-0002']);
    expect(seen.requests).toBe(2);
  });

  test('hold no secret', async () => {
    await using hub = await hubWith(1);
    const seen = await watch(hub).observe(['acme/*']);

    expect(seen.responses).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain('secret');
  });
});
