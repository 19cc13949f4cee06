import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Hub, startStandIn } from '../../stand-in/stand-in.ts';
import { headsOf, watch } from './watcher.ts';

let hub: Hub;
const files = { 'README.md': 'hello' };

beforeEach(async () => {
  hub = await startStandIn({ token: 'secret' });
});
afterEach(() => hub.close());

function names(repos: readonly { readonly repo: { readonly name: string } }[]): string[] {
  return repos.map(({ repo }) => repo.name).sort();
}

describe('globs', () => {
  test('find what fits, in any case, but neither forks nor archived repositories unless they are named', async () => {
    await hub.createRepo({ owner: 'acme', name: 'amp_one', files });
    await hub.createRepo({ owner: 'acme', name: 'AMP_two', files });
    await hub.createRepo({ owner: 'acme', name: 'other', files });
    await hub.createRepo({ owner: 'acme', name: 'amp_fork', fork: true, files });
    await hub.createRepo({ owner: 'acme', name: 'amp_old', archived: true, files });
    const watcher = watch(hub);

    expect(names((await watcher.observe(['acme/amp_*'])).repos)).toEqual(['AMP_two', 'amp_one']);
    const named = await watcher.observe(['acme/amp_*', 'acme/amp_fork', 'acme/AMP_OLD']);
    expect(names(named.repos)).toEqual(['amp_fork', 'amp_old']);
  });

  test('find a repository that is made later', async () => {
    await hub.createRepo({ owner: 'acme', name: 'amp_one', files });
    const watcher = watch(hub);
    await watcher.observe(['acme/amp_*']);
    await hub.createRepo({ owner: 'acme', name: 'amp_two', files });

    expect(names((await watcher.observe(['acme/amp_*'])).repos)).toEqual(['amp_two']);
  });

  test('lose a repository that is archived or renamed out of them, whose new name is told once', async () => {
    await hub.createRepo({ owner: 'acme', name: 'amp_one', files });
    await hub.createRepo({ owner: 'acme', name: 'amp_two', files });
    await hub.createRepo({ owner: 'acme', name: 'amp_three', files });
    const watcher = watch(hub);
    await watcher.observe(['acme/amp_*']);
    hub.archive('acme/amp_one');
    hub.rename('acme/amp_two', 'else');

    const full = await watcher.observe(['acme/amp_*'], { full: true });

    expect(full).toMatchObject({ full: true, troubles: [] });
    expect(full.seen.map(({ name }) => name).toSorted()).toEqual(['amp_three', 'else']);
    const next = await watcher.observe(['acme/amp_*'], { full: true });
    expect(next.seen.map(({ name }) => name)).toEqual(['amp_three']);
  });
});

describe('a renamed repository', () => {
  test('is followed by its id, and told under its new name', async () => {
    const repo = await hub.createRepo({ owner: 'acme', name: 'before', files });
    const watcher = watch(hub);
    await watcher.observe(['acme/before']);
    hub.rename(repo, 'after');
    await hub.commit(repo, 'main');

    const seen = await watcher.observe(['acme/before']);

    expect(seen.troubles).toEqual([]);
    expect(seen.seen).toMatchObject([{ forgeId: String(repo.id), name: 'after' }]);
    expect(seen.repos).toMatchObject([{ repo: { forgeId: String(repo.id), name: 'after' } }]);
  });

  test('is found by its former name when it was never seen', async () => {
    const repo = await hub.createRepo({ owner: 'acme', name: 'before', files });
    hub.rename(repo, 'after');

    const seen = await watch(hub).observe(['acme/before']);

    expect(seen.repos).toMatchObject([{ repo: { forgeId: String(repo.id), name: 'after' } }]);
  });

  test('is another one than a new repository of its former name', async () => {
    const old = await hub.createRepo({ owner: 'acme', name: 'web', files });
    const watcher = watch(hub);
    await watcher.observe(['acme/web']);
    hub.rename(old, 'web-old');
    const young = await hub.createRepo({ owner: 'acme', name: 'web', files: { other: 'x' } });

    const seen = await watcher.observe(['acme/web']);

    expect(seen.seen.map(({ forgeId }) => forgeId)).toEqual([String(young.id)]);
    expect(seen.repos).toMatchObject([{ repo: { forgeId: String(young.id), name: 'web' } }]);
  });
});

describe('what cannot be read', () => {
  test('a missing repository is reported, asked for again when its time has come, and the others go on', async () => {
    await hub.createRepo({ owner: 'acme', name: 'web', files });
    const watcher = watch(hub);
    const wanted = ['acme/web', 'acme/gone'];

    const first = await watcher.observe(wanted);
    expect(first.troubles).toMatchObject([
      {
        owner: 'acme',
        name: 'gone',
        forgeId: null,
        kind: 'missing',
        message: expect.stringContaining('acme/gone does not exist'),
      },
    ]);
    expect(names(first.repos)).toEqual(['web']);
    expect(await watcher.look(wanted, { later: 1000 })).toMatchObject({ outcome: 'unchanged', requests: 1 });
    expect(await watcher.look(wanted, { later: 61_000 })).toMatchObject({
      requests: 2,
      troubles: [{ name: 'gone' }],
    });
    await hub.createRepo({ owner: 'acme', name: 'gone', files });
    expect(names((await watcher.observe(wanted, { later: 62_000 })).repos)).toEqual(['gone']);
  });

  test('a deleted repository keeps its id', async () => {
    const repo = await hub.createRepo({ owner: 'acme', name: 'web', files });
    await hub.createRepo({ owner: 'acme', name: 'api', files });
    const watcher = watch(hub);
    await watcher.observe(['acme/web', 'acme/api']);
    hub.deleteRepo(repo);

    const seen = await watcher.observe(['acme/web', 'acme/api']);

    expect(seen.troubles).toMatchObject([{ name: 'web', forgeId: String(repo.id), kind: 'missing' }]);
  });

  test('an empty repository is reported, and read with its first push, whatever its back-off', async () => {
    const repo = await hub.createRepo({ owner: 'acme', name: 'web' });
    const watcher = watch(hub);
    const seen = await watcher.observe(['acme/web']);
    expect(seen).toMatchObject({ repos: [], troubles: [{ forgeId: String(repo.id), kind: 'empty' }] });
    expect(seen.seen).toHaveLength(1);
    expect(await watcher.look(['acme/web'], { later: 1 })).toMatchObject({ outcome: 'unchanged' });
    const sha = await hub.commit(repo, 'main');

    const after = await watcher.observe(['acme/web'], { later: 2 });

    expect(after.repos).toMatchObject([{ heads: [{ branch: 'main', sha }] }]);
  });

  test('an archived repository that is named is read once, then reported and not asked any more', async () => {
    const repo = await hub.createRepo({ owner: 'acme', name: 'web', files });
    const watcher = watch(hub);
    await watcher.observe(['acme/web']);
    await hub.commit(repo, 'main');
    hub.archive(repo);

    const last = await watcher.observe(['acme/web']);
    expect(last).toMatchObject({ repos: [{ repo: { archived: true } }], troubles: [] });
    const full = await watcher.observe(['acme/web'], { full: true });
    expect(full).toMatchObject({ requests: 1, repos: [], troubles: [{ kind: 'archived' }], full: true });
    expect(await watcher.look(['acme/web'], { later: 120_000 })).toMatchObject({
      outcome: 'unchanged',
      requests: 1,
    });
    hub.archive(repo, false);
    expect(names((await watcher.observe(['acme/web'], { later: 240_000 })).repos)).toEqual(['web']);
  });

  test('a forbidden repository does not lose the others of its query', async () => {
    await hub.createRepo({ owner: 'acme', name: 'web', files });
    await hub.createRepo({ owner: 'acme', name: 'api', files });
    hub.fault(
      { kind: 'graphql' },
      { do: 'graphql-error', field: 'r0', type: 'FORBIDDEN', message: 'SAML enforcement' },
    );

    const seen = await watch(hub).observe(['acme/web', 'acme/api']);

    expect(seen.repos).toHaveLength(1);
    expect(seen.troubles).toMatchObject([
      { kind: 'forbidden', message: expect.stringContaining('SAML enforcement') },
    ]);
  });
});

describe('what a token sees', () => {
  test('a token that sees only some repositories misses the others', async () => {
    await hub.createRepo({ owner: 'acme', name: 'web', private: true, files });
    await hub.createRepo({ owner: 'acme', name: 'api', private: true, files });
    hub.addToken({ token: 'narrow', repos: ['acme/web'] });

    const seen = await watch(hub, { token: 'narrow' }).observe(['acme/web', 'acme/api']);

    expect(names(seen.repos)).toEqual(['web']);
    expect(seen.troubles).toMatchObject([{ name: 'api', kind: 'missing' }]);
  });

  test('public and private repositories of the own account, which is found once', async () => {
    await hub.createRepo({ owner: 'octocat', ownerType: 'User', name: 'public', files });
    await hub.createRepo({ owner: 'octocat', name: 'private', private: true, files });
    await hub.createRepo({ owner: 'acme', name: 'not-his', files });
    const watcher = watch(hub);

    const seen = await watcher.observe(['octocat/*']);

    expect(names(seen.repos)).toEqual(['private', 'public']);
    hub.resetCounters();
    expect(await watcher.look(['octocat/*'])).toMatchObject({ outcome: 'unchanged', requests: 1, points: 0 });
    await hub.commit('octocat/private', 'main');
    expect(names((await watcher.observe(['octocat/*'])).repos)).toEqual(['private']);
  });

  test("somebody else's private repository, which no listing shows, is asked for at every look", async () => {
    await hub.createRepo({ owner: 'mona', ownerType: 'User', name: 'public', files });
    const hidden = await hub.createRepo({ owner: 'mona', name: 'hidden', private: true, files });
    const watcher = watch(hub);
    const wanted = ['mona/public', 'mona/hidden'];
    expect(names((await watcher.observe(wanted)).repos)).toEqual(['hidden', 'public']);
    const sha = await hub.commit(hidden, 'main');

    const seen = await watcher.observe(wanted);

    expect(seen).toMatchObject({ requests: 2, points: 1 });
    expect(seen.repos).toMatchObject([{ repo: { name: 'hidden' }, heads: [{ sha }] }]);
  });
});

describe('several owners', () => {
  beforeEach(async () => {
    await hub.createRepo({ owner: 'acme', name: 'web', files });
    await hub.createRepo({ owner: 'mona', ownerType: 'User', name: 'tool', files });
  });

  test('one request for each of them when idle', async () => {
    const watcher = watch(hub);
    expect(names((await watcher.observe(['acme/web', 'mona/*'])).repos)).toEqual(['tool', 'web']);
    hub.resetCounters();

    expect(await watcher.look(['acme/web', 'mona/*'])).toMatchObject({
      outcome: 'unchanged',
      requests: 2,
      points: 0,
    });
    expect(hub.requests.map(({ status }) => status)).toEqual([304, 304]);
  });

  test('a push to one of them', async () => {
    const watcher = watch(hub);
    await watcher.observe(['acme/web', 'mona/*']);
    const sha = await hub.commit('mona/tool', 'main');

    const seen = await watcher.observe(['acme/web', 'mona/*']);

    expect(seen.repos).toMatchObject([{ repo: { name: 'tool' }, heads: [{ sha }] }]);
    expect(await watcher.look(['acme/web', 'mona/*'])).toMatchObject({ outcome: 'unchanged' });
  });

  test.each([
    ['forbidden', { do: 'sso' }, 'forbidden'],
    ['down', { do: 'status', status: 502 }, 'unreadable'],
    ['a lie', { do: 'html' }, 'unreadable'],
  ] as const)('one whose listing is %s does not hide the others', async (_, fault, kind) => {
    const watcher = watch(hub);
    hub.fault({ path: '/orgs/acme/repos' }, fault);

    const seen = await watcher.observe(['acme/web', 'mona/*'], { full: true });

    expect(names(seen.repos)).toEqual(['tool']);
    expect(seen.troubles).toMatchObject([{ owner: 'acme', name: 'web', kind }]);
    const again = await watcher.observe(['acme/web', 'mona/*'], { full: true, later: 1000 });
    expect(again.troubles).toEqual([]);
    hub.clearFaults();
    await watcher.observe(['acme/web', 'mona/*'], { later: 61_000 });
    expect(watcher.memory.heads).toEqual(headsOf(hub, 'acme/web', 'mona/tool'));
  });

  test('an owner that does not exist', async () => {
    const seen = await watch(hub).look(['nobody/web']);

    expect(seen).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('no organisation and no user nobody'),
    });
  });
});

describe('GitHub itself and GitHub Enterprise Server', () => {
  test('the API at the root of its host', async () => {
    const root = await startStandIn({ token: 'secret', apiAtRoot: true });
    await root.createRepo({ owner: 'acme', name: 'web', files });
    const seen = await watch(root).observe(['acme/web']);
    await root.close();

    expect(names(seen.repos)).toEqual(['web']);
  });
});
