import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startStandIn } from '../stand-in/stand-in.ts';
import { git, gitEnvironment, openSite, type Site, sourceOf } from './site.ts';

function maintain(
  site: Site,
  keep: readonly string[],
  { through = site.git, isBorrowed = (_: string): boolean => false, refreshTimeoutMs = 60_000 } = {},
): Promise<void> {
  const log = (line: string) => void site.lines.push(line);
  return through.maintain({
    keep: keep.map((name) => ({ owner: 'acme', name })),
    isBorrowed,
    refreshTimeoutMs,
    signal: new AbortController().signal,
    mark: null,
    log,
  });
}

describe('maintenance', () => {
  test('does nothing where there are no mirrors', async () => {
    using site = openSite();
    await maintain(site, ['web']);
    expect(existsSync(join(site.datadir, 'mirrors'))).toBe(false);
  });

  test('removes mirrors of repositories that are not wanted any more', async () => {
    using site = openSite();
    for (const name of ['web', 'old']) {
      const remote = site.remote(name);
      await site.checkout(sourceOf(name, remote, 'main', remote.commit('main')));
    }
    await maintain(site, ['web']);
    expect(readdirSync(join(site.datadir, 'mirrors'))).toEqual(['acme%2Fweb.git']);
  });

  test('leaves a mirror, unwanted or damaged, that somebody borrows from', async () => {
    using site = openSite();
    for (const name of ['web', 'old', 'older']) {
      const remote = site.remote(name);
      await site.checkout(sourceOf(name, remote, 'main', remote.commit('main')));
    }
    writeFileSync(join(site.mirror('web'), 'HEAD'), 'nonsense');
    await maintain(site, ['web'], { isBorrowed: (path) => path !== site.mirror('older') });
    expect(readdirSync(join(site.datadir, 'mirrors'))).toEqual(['acme%2Fold.git', 'acme%2Fweb.git']);
  });

  test('logs what the system refuses, and goes on with the others', async () => {
    using site = openSite();
    const remote = site.remote('web');
    await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    writeFileSync(site.mirror('a-file'), '');
    writeFileSync(join(site.mirror('web'), 'packed-refs.lock'), '');
    await maintain(site, ['a-file', 'web']);
    expect(site.lines).toEqual([expect.stringContaining('a-file.git')]);
    expect(existsSync(join(site.mirror('web'), 'packed-refs.lock'))).toBe(false);
  });

  test('forgets branches and tags that are gone', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const sha = remote.commit('main');
    remote.commit('gone');
    git(remote.path, 'tag', 'gone');
    await site.checkout(sourceOf('web', remote, 'main', sha));
    git(remote.path, 'update-ref', '-d', 'refs/heads/gone');
    git(remote.path, 'tag', '--delete', 'gone');
    await maintain(site, ['web']);
    expect(git(site.mirror('web'), 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    expect(site.lines).toEqual([]);
  });

  test('leaves what a checkout borrows, though no branch reaches it any more', async () => {
    using site = openSite();
    const remote = site.remote('web');
    remote.commit('main');
    const lost = remote.commit('main', { a: 'lost' });
    const { git: inside } = await site.checkout(sourceOf('web', remote, 'main', lost));
    git(remote.path, 'update-ref', 'refs/heads/main', `${lost}^`);
    await maintain(site, ['web']);
    const count = writeLooseObjects(site.mirror('web'));
    await maintain(site, ['web']);
    expect(git(site.mirror('web'), 'count-objects')).not.toContain(`${count} objects`);
    expect(git(site.mirror('web'), 'rev-parse', 'main')).not.toBe(lost);
    expect(inside('fsck', '--full', '--no-dangling')).toBe('');
    expect(inside('show', 'HEAD:a')).toBe('lost');
  });

  test('leaves a mirror alone that is in use', async () => {
    using site = openSite();
    const remote = site.remote('web');
    await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    await maintain(site, [], { through: site.reopened({ tryLock: () => null }) });
    expect(existsSync(site.mirror('web'))).toBe(true);
  });

  test('keeps a mirror whose server is down, and says so', async () => {
    using site = openSite();
    const remote = site.remote('web');
    await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    git(site.mirror('web'), 'config', 'remote.origin.url', `file://${site.folder}/gone.git`);
    await maintain(site, ['web']);
    expect(existsSync(site.mirror('web'))).toBe(true);
    expect(site.lines).toEqual([expect.stringContaining('it is not there')]);
  });

  test.each([
    ['does not answer', { do: 'hang' }],
    ['breaks down', { do: 'status', status: 503 }],
  ] as const)('asks a server that %s no more than once, and packs all the same', async (_, fault) => {
    await using hub = await startStandIn({ validate: false });
    using site = openSite();
    for (const name of ['api', 'web']) {
      const repo = await hub.createRepo({ owner: 'acme', name, files: { name } });
      await site.checkout(sourceOf(name, { url: repo.cloneUrl }, 'main', repo.head() ?? ''));
      git(site.mirror(name), 'update-ref', 'refs/heads/loose', 'main');
    }
    hub.fault({ kind: 'git' }, fault);
    hub.resetCounters();
    await maintain(site, ['api', 'web'], { refreshTimeoutMs: 1_000 });
    expect(hub.requests).toHaveLength(1);
    expect(site.lines).toEqual([expect.stringMatching(/cannot refresh .*api.git: the server/)]);
    for (const name of ['api', 'web']) {
      expect(readFileSync(join(site.mirror(name), 'packed-refs'), 'utf8')).toContain('refs/heads/loose');
    }
  });

  test('removes a damaged mirror, which the next build clones anew', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const sha = remote.commit('main');
    await site.checkout(sourceOf('web', remote, 'main', sha));
    writeFileSync(join(site.mirror('web'), 'HEAD'), 'nonsense');
    await maintain(site, ['web']);
    expect(existsSync(site.mirror('web'))).toBe(false);
    const { git: inside } = await site.checkout(sourceOf('web', remote, 'main', sha));
    expect(inside('rev-parse', 'HEAD')).toBe(sha);
  });
});

/** More than are left alone. They are reachable by a tag, so that packing takes them. */
function writeLooseObjects(mirror: string): number {
  const count = 800;
  const commands = Array.from(
    { length: count },
    (_, n) => `blob\nmark :${n + 1}\ndata ${`${n}`.length}\n${n}\n`,
  );
  const files = Array.from({ length: count }, (_, n) => `M 100644 :${n + 1} ${n}\n`);
  const commit = `commit refs/tags/many\ncommitter A <a@example.org> 1 +0000\ndata 0\n${files.join('')}`;
  execFileSync('git', ['-c', 'fastimport.unpackLimit=10000', 'fast-import', '--quiet'], {
    cwd: mirror,
    env: gitEnvironment,
    input: commands.join('') + commit,
  });
  return count + 2;
}
