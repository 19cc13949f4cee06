import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { githubSite } from '../faults/github-site.ts';
import { openSite, type Site } from '../site/site.ts';

const silent = { stdout: '', stderr: '', exitCode: 0 };
const full = ['poll', '--full'];
const hourMs = 3_600_000;

function open(repos: readonly string[], config: Readonly<Record<string, unknown>> = {}): Site {
  const site = openSite({ repos, config });
  for (const remote of [site.bootstrap, ...repos.map(site.repo)]) remote.push();
  return site;
}

/** Beside which bootstrap the builds of a repository were made. */
function beside(site: Site, repo: string): readonly string[] {
  return site
    .ledger()
    .filter((entry) => entry.repo === repo)
    .map(({ bootstrapSha }) => bootstrapSha);
}

describe.concurrent('a bootstrap that moved is caught up with, once, by', () => {
  test('a repository that amp.yaml did not have meanwhile', async () => {
    using site = open(['one', 'two']);
    await site.tick();
    const before = site.bootstrap.head();
    site.configure({ repos: ['one'] });
    await site.ampci(full);
    const after = site.bootstrap.push();
    await site.tick();
    expect(beside(site, 'two')).toEqual([before]);
    site.configure({ repos: ['one', 'two'] });
    expect(await site.ampci(full)).toMatchObject(silent);
    expect(await site.ampci(full)).toMatchObject(silent);
    expect(beside(site, 'two')).toEqual([before, after]);
    expect(beside(site, 'one')).toEqual([before, after]);
    expect((await site.ampci(['why', 'two'])).stdout).toContain('the bootstrap changed (head ');
    expect(await site.violations()).toEqual([]);
  });

  test('a repository whose folder was away', async () => {
    using site = open(['one', 'two'], { repos: ['*'] });
    await site.tick();
    const before = site.bootstrap.head();
    const { path } = site.repo('two');
    const elsewhere = join(site.folder, 'elsewhere');
    renameSync(path, elsewhere);
    await site.ampci(full);
    const after = site.bootstrap.push();
    await site.tick();
    renameSync(elsewhere, path);
    for (const _ of [1, 2]) expect(await site.ampci(full)).toMatchObject(silent);
    expect(beside(site, 'two')).toEqual([before, after]);
  });

  test('a branch that was gone', async () => {
    using site = open(['one'], { bootstrap_rebuilds: ['*'] });
    const topic = site.repo('one').push('topic');
    await site.tick();
    site.repo('one').remove('topic');
    for (const _ of [1, 2]) await site.ampci(full);
    const bootstrapSha = site.bootstrap.push();
    await site.tick();
    site.repo('one').force('topic', topic);
    for (const _ of [1, 2]) expect(await site.ampci(full)).toMatchObject(silent);
    const built = site.ledger().filter(({ branch }) => branch === 'topic');
    expect(built.map((entry) => entry.bootstrapSha === bootstrapSha)).toEqual([false, true]);
    expect((await site.ampci(['why', 'one', 'topic'])).stdout).not.toContain('it was last built from this');
  });

  test('a repository that was archived', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    hub.archive('acme/one', true);
    await site.ampci(full);
    const bootstrapSha = await hub.commit('acme/amp_bootstrap', 'main');
    await site.tick();
    expect(beside(site, 'one')).toHaveLength(1);
    hub.archive('acme/one', false);
    for (const hours of [2, 4]) await site.ampci(full, { laterMs: hours * hourMs });
    expect(beside(site, 'one')).toEqual([expect.anything(), bootstrapSha]);
    expect(beside(site, 'two')).toEqual([expect.anything(), bootstrapSha]);
  });
});

test('a build by hand beside a bootstrap that no poll has seen is not repeated beside the old one', async () => {
  await using scene = await githubSite();
  const { site, hub } = scene;
  await hub.commit('acme/amp_bootstrap', 'main');
  expect((await site.ampci(['build', 'one'])).exitCode).toBe(0);
  // It cannot be read: what was seen of it last counts.
  hub.fault({ kind: 'graphql' }, { do: 'graphql-error', field: 'r0', type: 'FORBIDDEN' });
  expect((await site.ampci(full)).stderr).toContain('acme/amp_bootstrap');
  expect(beside(site, 'one')).toHaveLength(2);
  hub.clearFaults();
  await site.settle({ laterMs: 2 * hourMs });
  expect(beside(site, 'one')).toHaveLength(2);
  expect(await site.violations(scene.expected())).toEqual([]);
});
