import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSite, type Site } from '../site/site.ts';

const silence = { exitCode: 0, signal: null, stdout: '', stderr: '' };
const dayMs = 24 * 3_600_000;

function begin(retention: { builds: number; days: number }): Site {
  const site = openSite({ repos: ['one', 'two'], config: { bootstrap: null, retention } });
  for (const repo of ['one', 'two']) site.repo(repo).push();
  return site;
}

describe('retention', () => {
  test('lets go in time what is left of branches that are gone and of repositories that are not watched', async () => {
    using site = begin({ builds: 1, days: 1 });
    site.repo('one').push('topic');
    expect(await site.tick()).toEqual(silence);
    expect(site.ledger()).toHaveLength(3);
    site.repo('one').remove('topic');
    site.configure({ repos: ['one'] });
    for (let poll = 0; poll < 2; poll += 1) expect(await site.ampci(['poll', '--full'])).toEqual(silence);
    await site.ampci(['prune']);
    expect(site.read('SELECT id FROM builds')).toHaveLength(3);
    expect(await site.ampci(['prune'], { laterMs: 400 * dayMs })).toMatchObject({ exitCode: 0, stderr: '' });
    const [{ id } = { id: 0 }] = site.read<{ id: number }>(
      "SELECT b.id FROM builds b JOIN repos r ON r.id = b.repo_id WHERE r.name = 'one' AND b.branch = 'main'",
    );
    expect(site.read('SELECT id FROM builds')).toEqual([{ id }]);
    expect(site.read('SELECT name FROM repos')).toEqual([{ name: 'one' }]);
    for (const table of ['heads', 'decisions']) {
      expect(site.read(`SELECT branch FROM ${table}`)).toEqual([{ branch: 'main' }]);
    }
    const logs = join(site.datadir, 'logs');
    expect(readdirSync(logs).toSorted()).toEqual(['ampci.log', 'builds', 'one.log']);
    expect(readdirSync(join(logs, 'builds'))).toEqual([`${id}.log`]);
    expect(await site.tick({ laterMs: 400 * dayMs })).toEqual(silence);
    expect(site.ledger()).toHaveLength(3);
  });

  test('keeps the failure of a branch that fails, though a later commit was not to be built', async () => {
    using site = begin({ builds: 1, days: 1 });
    site.configure({ repos: ['one'] });
    site.script('build', 'exit 3');
    expect(await site.tick()).toMatchObject({ exitCode: 1 });
    site.repo('one').push('main', { message: 'Words [skip ci]' });
    expect(await site.tick()).toEqual(silence);
    const failing = { exitCode: 2, stdout: expect.stringContaining('one main fails (build 1)') };
    expect(await site.ampci(['status'])).toMatchObject(failing);
    await site.ampci(['prune'], { laterMs: 400 * dayMs });
    expect(await site.ampci(['status'])).toMatchObject(failing);
  });
});
