import { describe, expect, test } from 'vitest';
import { openSite, type Site } from '../site/site.ts';
import { startStandIn } from '../stand-in/stand-in.ts';

const minuteMs = 60_000;

/** A tick for each of these minutes; resolves to what they said. */
async function said(site: Site, minutes: readonly number[], args: readonly string[] = []): Promise<string> {
  let text = '';
  for (const minute of minutes) {
    text += (await site.ampci(['poll', ...args], { laterMs: minute * minuteMs })).stderr;
  }
  return text;
}

describe.concurrent('a bootstrap', () => {
  test('without its branch is told once; nothing is built until it has one, and no head is lost', async () => {
    using site = openSite({ config: { bootstrap_branch: 'stable' } });
    site.bootstrap.push();
    site.repo('one').push();
    expect(await said(site, [1, 2, 3])).toMatch(
      /^acme\/amp_bootstrap, the bootstrap, has no branch stable: [^\n]+\n$/,
    );
    expect(site.ledger()).toEqual([]);
    const bootstrapSha = site.bootstrap.push('stable');
    expect(await said(site, [4, 5])).toBe('acme/amp_bootstrap can be read again\n');
    const heads = [{ repo: 'one', branch: 'main', sha: site.repo('one').head() }];
    expect(await site.violations({ heads, bootstrapSha })).toEqual([]);
  });

  test('whose HEAD names no branch has no default branch: the way out is to name one', async () => {
    using site = openSite();
    site.bootstrap.push('stable');
    site.repo('one').push();
    const file = `${site.folder}/amp.yaml`;
    expect(await said(site, [1, 2])).toBe(
      `acme/amp_bootstrap, the bootstrap, has no default branch: nothing is built until it has one; see bootstrap and bootstrap_branch in ${file}\n`,
    );
    site.configure({ bootstrap_branch: 'stable' });
    expect(await said(site, [3])).toBe('acme/amp_bootstrap can be read again\n');
    expect(site.ledger()).toHaveLength(1);
  });

  test('whose branch is deleted is told once two full polls have missed it', async () => {
    using site = openSite({ config: { bootstrap_branch: 'stable' } });
    site.bootstrap.push('stable');
    site.repo('one').push();
    await site.settle();
    site.bootstrap.remove('stable');
    site.bootstrap.push();
    expect(await said(site, [20, 40], ['--full'])).toBe('');
    site.repo('one').push();
    expect(await said(site, [60, 61, 62])).toMatch(/^[^\n]+, the bootstrap, has no branch stable: [^\n]+\n$/);
    expect(site.ledger()).toHaveLength(1);
  });

  test('that is renamed stays the bootstrap: it is followed, found beside the repositories, and not built', async () => {
    await using hub = await startStandIn({ token: 'secret' });
    await hub.createRepo({ owner: 'acme', name: 'amp_bootstrap', defaultBranch: 'trunk', files: { a: '1' } });
    await hub.createRepo({ owner: 'acme', name: 'one', files: { a: '1' } });
    using site = openSite({ forge: { url: hub.url, token: 'secret' } });
    await site.settle();
    hub.rename('acme/amp_bootstrap', 'base');
    expect(await said(site, [20], ['--full'])).toMatch(/^acme\/amp_bootstrap is now acme\/base: /);
    const bootstrapSha = await hub.commit('acme/base', 'trunk', { files: { a: '2' }, message: 'Change' });
    expect(await said(site, [21])).toBe('');
    expect(site.ledger().map(({ repo, bootstrapSha: beside }) => [repo, beside])).toEqual([
      ['one', expect.anything()],
      ['one', bootstrapSha],
    ]);
    expect(await site.ampci(['build', 'amp_bootstrap', '--queue'])).toMatchObject({
      stdout: 'queued 1 builds\n',
    });
  });

  test('that is renamed again, after amp.yaml took up the first new name, stays the bootstrap', async () => {
    await using hub = await startStandIn({ token: 'secret' });
    for (const name of ['amp_bootstrap', 'one'])
      await hub.createRepo({ owner: 'acme', name, files: { a: '1' } });
    using site = openSite({ forge: { url: hub.url, token: 'secret' } });
    await site.settle();
    hub.rename('acme/amp_bootstrap', 'base');
    expect(await said(site, [20], ['--full'])).toMatch(/^acme\/amp_bootstrap is now acme\/base: /);
    site.configure({ bootstrap: 'base' });
    expect(await said(site, [21], ['--full'])).toBe('');
    hub.rename('acme/base', 'ground');
    const bootstrapSha = await hub.commit('acme/ground', 'main', { files: { a: '2' }, message: 'Change' });
    expect(await said(site, [22], ['--full'])).toMatch(/^acme\/base is now acme\/ground: [^\n]*\n$/);
    expect(site.ledger().map(({ repo }) => repo)).toEqual(['one', 'one']);
    expect(site.read('SELECT bootstrap_sha AS sha FROM builds WHERE id = 2')).toEqual([
      { sha: bootstrapSha },
    ]);
  });
});
