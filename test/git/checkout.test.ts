import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git, openSite, sourceOf } from './site.ts';

describe('a checkout', () => {
  test('is an ordinary clone to scripts', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const first = remote.commit('main', { 'README.md': 'hello' });
    git(remote.path, 'tag', '-a', '-m', 'First', 'v1', first);
    const sha = remote.commit('release/2', { 'src/a.txt': 'a' }, 'Say a\n\nAnd more.\n');
    const { directory, git: inside, result } = await site.checkout(sourceOf('web', remote, 'release/2', sha));
    expect(result).toEqual({
      kind: 'checked_out',
      commit: {
        sha,
        author: 'Ada Author',
        authorEmail: 'ada@example.org',
        subject: 'Say a',
        message: 'Say a\n\nAnd more.',
      },
    });
    expect(readFileSync(join(directory, 'src/a.txt'), 'utf8')).toBe('a');
    expect(inside('status', '--porcelain=v2', '--branch')).toBe(
      `# branch.oid ${sha}\n# branch.head release/2\n# branch.upstream origin/release/2\n# branch.ab +0 -0`,
    );
    expect(inside('remote', 'get-url', 'origin')).toBe(remote.url);
    expect(inside('describe', '--tags')).toMatch(/^v1-1-g/);
    expect(inside('describe', 'HEAD^')).toBe('v1');
    expect(inside('rev-list', '--count', 'HEAD')).toBe('2');
    expect(inside('rev-parse', 'origin/main', 'origin/HEAD').split('\n')).toEqual([first, first]);
    expect(inside('fsck')).toBe('');
    expect(inside('pull', '--quiet')).toBe('');
  });

  test('copies no object', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const sha = remote.commit('main', { a: 'a' });
    const { git: inside } = await site.checkout(sourceOf('web', remote, 'main', sha));
    expect(inside('count-objects', '-v')).toContain('count: 0\nsize: 0\nin-pack: 0\n');
    expect(inside('count-objects', '-v')).toContain(`alternate: ${site.mirror('web')}/objects`);
  });

  test('is at the commit that was seen, whatever the branch points to by now', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const seen = remote.commit('main', { a: 'seen' });
    git(remote.path, 'update-ref', 'refs/heads/other', seen);
    git(remote.path, 'update-ref', '-d', 'refs/heads/main');
    const forced = remote.commit('main', { a: 'forced' });
    const { directory, git: inside } = await site.checkout(sourceOf('web', remote, 'main', seen));
    expect(inside('rev-parse', 'HEAD', 'main')).toBe(`${seen}\n${seen}`);
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('seen');
    const next = await site.checkout(sourceOf('web', remote, 'main', forced));
    expect(next.git('rev-parse', 'HEAD', 'main')).toBe(`${forced}\n${forced}`);
  });

  test('of a commit that a forced push made unreachable still is that commit', async () => {
    using site = openSite();
    const remote = site.remote('web');
    remote.commit('main', { a: 'base' });
    await site.checkout(sourceOf('web', remote, 'main', git(remote.path, 'rev-parse', 'main')));
    const lost = remote.commit('main', { a: 'lost' });
    git(remote.path, 'update-ref', 'refs/heads/main', `${lost}^`);
    const { git: inside } = await site.checkout(sourceOf('web', remote, 'main', lost));
    expect(inside('rev-parse', 'HEAD')).toBe(lost);
  });

  test('has the tags as they are now: new, moved, deleted', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const first = remote.commit('main');
    for (const tag of ['moved', 'deleted', 'kept']) git(remote.path, 'tag', tag);
    await site.checkout(sourceOf('web', remote, 'main', first));
    const second = remote.commit('main');
    git(remote.path, 'tag', '--force', 'moved', second);
    git(remote.path, 'tag', '--delete', 'deleted');
    git(remote.path, 'tag', '-a', '-m', 'new', 'new', second);
    const { git: inside } = await site.checkout(sourceOf('web', remote, 'main', second));
    expect(
      inside(
        'for-each-ref',
        '--format=%(refname:short) %(objecttype) %(*objectname)%(objectname)',
        'refs/tags',
      ),
    ).toBe(
      [
        `kept commit ${first}`,
        `moved commit ${second}`,
        `new tag ${second}${git(remote.path, 'rev-parse', 'new')}`,
      ].join('\n'),
    );
  });

  test.each([
    'HEAD',
    'heads/main',
    'HEAD/x',
    'a|b',
    '$(id)',
    '-x',
    '--upload-pack=id',
    'ünï/çode',
    '0123456789abcdef0123456789abcdef01234567',
    '@',
    `it's`,
    'say"hi"',
    'a;b&c<d>e',
    'origin/main',
    '%s',
    'refs/heads/main',
    'x#y',
    'back`tick`',
    '!bang',
    'a,b=c',
    '🐙',
  ])('of branch %s is on that branch', async (branch) => {
    using site = openSite();
    const remote = site.remote('web');
    remote.commit('main', { a: 'main' });
    const sha = remote.commit(branch, { a: branch });
    const { directory, git: inside, result } = await site.checkout(sourceOf('web', remote, branch, sha));
    expect(result).toMatchObject({ kind: 'checked_out', commit: { sha } });
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe(branch);
    expect(inside('symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`);
    expect(inside('rev-parse', '--verify', `refs/heads/${branch}`)).toBe(sha);
    expect(inside('for-each-ref', '--format=%(upstream)', `refs/heads/${branch}`)).toBe(
      `refs/remotes/origin/${branch}`,
    );
    expect(inside('for-each-ref', '--format=%(objectname)', `refs/remotes/origin/${branch}`)).toContain(sha);
    expect(inside('status', '--porcelain')).toBe('');
    // Again, now that the mirror has it.
    const next = remote.commit(branch, { a: `${branch} again` });
    const again = await site.checkout(sourceOf('web', remote, branch, next));
    expect(again.git('rev-parse', '--verify', `refs/heads/${branch}`)).toBe(next);
  });

  test('knows the default branch, whatever its name', async () => {
    using site = openSite();
    const remote = site.remote('web');
    // Its last byte is a space in latin1.
    git(remote.path, 'symbolic-ref', 'HEAD', 'refs/heads/à');
    const sha = remote.commit('à');
    const { git: inside } = await site.checkout(sourceOf('web', remote, 'à', sha));
    expect(inside('symbolic-ref', 'refs/remotes/origin/HEAD')).toBe('refs/remotes/origin/à');
    expect(inside('rev-parse', 'origin/HEAD')).toBe(sha);
  });

  test('follows a branch that becomes the folder of others, and back', async () => {
    using site = openSite();
    const remote = site.remote('web');
    remote.commit('main');
    for (const [branch, gone] of [
      ['a', 'a/b'],
      ['a/b', 'a'],
      ['a', 'a/b'],
    ] as const) {
      git(remote.path, 'update-ref', '-d', `refs/heads/${gone}`);
      const sha = remote.commit(branch);
      const { git: inside } = await site.checkout(sourceOf('web', remote, branch, sha));
      expect(inside('rev-parse', 'HEAD')).toBe(sha);
    }
  });

  test('does not ask the server again within a minute for a commit that it has', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const sha = remote.commit('main');
    let now = 0;
    const opened = site.reopened({ clock: () => now });
    await site.checkout(sourceOf('web', remote, 'main', sha), { git: opened });
    git(site.folder, 'init', '--quiet', '--bare', join(site.folder, 'empty.git'));
    const gone = { ...sourceOf('web', remote, 'main', sha), url: `file://${site.folder}/gone.git` };
    now = 59_000;
    expect((await site.checkout(gone, { git: opened })).result.kind).toBe('checked_out');
    now = 61_000;
    expect((await site.checkout(gone, { git: opened })).result).toMatchObject({
      trouble: { kind: 'missing' },
    });
  });

  test('of many branches at once, from no mirror at all, succeeds', async () => {
    using site = openSite();
    const remote = site.remote('web');
    remote.commit('main');
    const shas = ['a', 'b', 'c', 'd', 'e', 'f'].map((branch) => [branch, remote.commit(branch)] as const);
    const processes = [site.git, site.reopened({})];
    const checkouts = shas.map(([branch, sha], index) =>
      site.checkout(sourceOf('web', remote, branch, sha), { git: processes[index % 2] ?? site.git }),
    );
    const heads = (await Promise.all(checkouts)).map((checkout) => checkout.git('rev-parse', 'HEAD'));
    expect(heads).toEqual(shas.map(([, sha]) => sha));
    expect(site.lines).toEqual([]);
    expect(git(site.mirror('web'), 'fsck', '--full')).toBe('');
  });

  test('is kept from other users in its mirror', async () => {
    using site = openSite();
    const remote = site.remote('web');
    await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    expect(statSync(join(site.datadir, 'mirrors')).mode & 0o077).toBe(0);
  });

  test('keeps programs and links', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const sha = remote.commit('main', {
      run: { mode: '100755', content: '#!/bin/sh\n' },
      link: { mode: '120000', content: 'run' },
    });
    const { directory, git: inside } = await site.checkout(sourceOf('web', remote, 'main', sha));
    expect(statSync(join(directory, 'run')).mode & 0o100).toBe(0o100);
    expect(readlinkSync(join(directory, 'link'))).toBe('run');
    expect(inside('status', '--porcelain')).toBe('');
  });
});
