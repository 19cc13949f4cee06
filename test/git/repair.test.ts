import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git, gitEnvironment, openSite, type Remote, type Site, sourceOf } from './site.ts';

interface Scene {
  readonly site: Site;
  readonly remote: Remote;
  readonly mirror: string;
}

/** What happens to the mirror between two builds, and whether that must be noticed. */
const damages: readonly (readonly [string, (scene: Scene) => void])[] = [
  ['is an empty folder', ({ mirror }) => emptyFolder(mirror)],
  ['is a file', ({ mirror }) => replaceByFile(mirror)],
  ['has a HEAD that says nothing', ({ mirror }) => writeFileSync(join(mirror, 'HEAD'), 'nonsense')],
  ['has an empty HEAD', ({ mirror }) => writeFileSync(join(mirror, 'HEAD'), '')],
  ['has no config', ({ mirror }) => writeFileSync(join(mirror, 'config'), '[core')],
  ['has no objects', ({ mirror }) => rmSync(join(mirror, 'objects'), { recursive: true })],
  ['has a pack full of zeros', ({ mirror }) => overwritePacks(mirror, '.pack')],
  ['has a pack without index', ({ mirror }) => removePacks(mirror, '.idx')],
  ['has an index without pack', ({ mirror }) => removePacks(mirror, '.pack')],
  ['has an empty pack index', ({ mirror }) => overwritePacks(mirror, '.idx')],
  ['has a broken pack beside good ones', ({ mirror }) => addBrokenPack(mirror)],
  ['lacks a commit', ({ mirror, remote }) => loseObject(mirror, git(remote.path, 'rev-parse', 'main'))],
  ['lacks a tree', ({ mirror, remote }) => loseObject(mirror, git(remote.path, 'rev-parse', 'main:dir'))],
  ['lacks a file', ({ mirror, remote }) => loseObject(mirror, git(remote.path, 'rev-parse', 'main:a'))],
  [
    'has an empty object',
    ({ mirror, remote }) => spoilObject(mirror, git(remote.path, 'rev-parse', 'main:a')),
  ],
  ['has a branch of zeros', ({ mirror }) => writeRef(mirror, 'refs/heads/main', '')],
  [
    'has a branch that nothing is behind',
    ({ mirror }) => writeRef(mirror, 'refs/heads/main', 'e'.repeat(40)),
  ],
];

describe('a mirror that', () => {
  test.each(damages)('%s is cloned anew, once', async (_, damage) => {
    using site = openSite();
    const remote = site.remote('web');
    await site.checkout(
      sourceOf('web', remote, 'main', remote.commit('main', { a: 'a', b: 'b', 'dir/c': 'c' })),
    );
    damage({ site, remote, mirror: site.mirror('web') });
    const sha = remote.commit('main', { b: 'changed' });
    const fresh = site.reopened({});
    const {
      directory,
      git: inside,
      result,
    } = await site.checkout(sourceOf('web', remote, 'main', sha), { git: fresh });
    expect(result).toMatchObject({ kind: 'checked_out' });
    expect(inside('rev-parse', 'HEAD')).toBe(sha);
    expect(readFileSync(join(directory, 'a'), 'utf8')).toBe('a');
    expect(inside('fsck', '--full')).toBe('');
    expect(git(site.mirror('web'), 'fsck', '--full')).toBe('');
    expect(readdirSync(join(site.datadir, 'mirrors'))).toEqual(['acme%2Fweb.git']);
    expect(site.lines.filter((line) => line.includes('anew')).length).toBeLessThanOrEqual(1);
  });

  test.each([
    'shallow.lock',
    'packed-refs.lock',
    'refs/heads/main.lock',
    'HEAD.lock',
    'config.lock',
    'objects/info/commit-graph.lock',
    'refs/tags/v2.lock',
    'gc.pid.lock',
  ])('a killed git left %s in is used again', async (file) => {
    using site = openSite();
    const remote = site.remote('web');
    await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    mkdirSync(join(site.mirror('web'), 'refs/tags'), { recursive: true });
    writeFileSync(join(site.mirror('web'), file), '');
    const sha = remote.commit('main');
    git(remote.path, 'tag', 'v2', sha);
    const { git: inside } = await site.checkout(sourceOf('web', remote, 'main', sha), {
      git: site.reopened({}),
    });
    expect(inside('rev-parse', 'HEAD', 'v2')).toBe(`${sha}\n${sha}`);
    expect(site.lines.filter((line) => line.includes('anew'))).toEqual([]);
  });

  test('cannot be mended is an error, and stays as it was', async () => {
    using site = openSite();
    const remote = site.remote('web');
    await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    writeFileSync(join(site.mirror('web'), 'HEAD'), 'nonsense');
    const sha = remote.commit('main');
    const gone = { ...remote, url: `file://${site.folder}/gone.git` };
    const { result } = await site.checkout(sourceOf('web', gone, 'main', sha), { git: site.reopened({}) });
    expect(result).toMatchObject({ kind: 'trouble', trouble: { kind: 'missing' } });
    expect(existsSync(site.mirror('web'))).toBe(true);
    expect(readdirSync(join(site.datadir, 'mirrors'))).toEqual(['acme%2Fweb.git']);
  });
});

describe('a sweep', () => {
  test('removes what killed clones and repairs left, and nothing else', async () => {
    using site = openSite();
    const remote = site.remote('web');
    site.git.sweep();
    await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    for (const left of ['acme%2Fweb.git.partial-1', 'acme%2Fnew.git.partial-2', 'acme%2Fweb.git.broken-3']) {
      mkdirSync(join(site.datadir, 'mirrors', left, 'objects'), { recursive: true });
    }
    site.git.sweep();
    expect(readdirSync(join(site.datadir, 'mirrors'))).toEqual(['acme%2Fweb.git']);
  });

  test('leaves a clone alone that is being made', () => {
    using site = openSite();
    const partial = join(site.datadir, 'mirrors', 'acme%2Fweb.git.partial-1');
    mkdirSync(partial, { recursive: true });
    site.reopened({ tryLock: () => null }).sweep();
    expect(existsSync(partial)).toBe(true);
  });
});

function emptyFolder(path: string): void {
  rmSync(path, { recursive: true });
  mkdirSync(path);
}

function replaceByFile(path: string): void {
  rmSync(path, { recursive: true });
  writeFileSync(path, '');
}

function packs(mirror: string, extension: string): string[] {
  const folder = join(mirror, 'objects/pack');
  const found = readdirSync(folder).filter((name) => name.endsWith(extension));
  expect(found).not.toEqual([]);
  return found.map((name) => join(folder, name));
}

function overwritePacks(mirror: string, extension: string): void {
  for (const path of packs(mirror, extension)) {
    const { length } = readFileSync(path);
    rmSync(path);
    writeFileSync(path, Buffer.alloc(extension === '.idx' ? 0 : length));
  }
}

function addBrokenPack(mirror: string): void {
  for (const extension of ['pack', 'idx']) {
    writeFileSync(join(mirror, 'objects/pack', `pack-${'e'.repeat(40)}.${extension}`), '');
  }
}

function removePacks(mirror: string, extension: string): void {
  for (const path of packs(mirror, extension)) rmSync(path);
}

/** Where an object is a file of its own, after unpacking. */
function objectFile(mirror: string, name: string): string {
  for (const path of packs(mirror, '.pack')) {
    const pack = readFileSync(path);
    rmSync(path);
    rmSync(path.replace(/pack$/, 'idx'));
    execFileSync('git', ['unpack-objects', '-q'], { cwd: mirror, env: gitEnvironment, input: pack });
  }
  return join(mirror, 'objects', name.slice(0, 2), name.slice(2));
}

function loseObject(mirror: string, name: string): void {
  rmSync(objectFile(mirror, name));
}

function spoilObject(mirror: string, name: string): void {
  const file = objectFile(mirror, name);
  rmSync(file);
  writeFileSync(file, '');
}

function writeRef(mirror: string, ref: string, value: string): void {
  mkdirSync(join(mirror, ref, '..'), { recursive: true });
  writeFileSync(join(mirror, ref), value);
}
