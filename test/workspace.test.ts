import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freeBytes } from '../src/disk.ts';
import {
  keepWorkspace,
  makeWorkspace,
  mountsIn,
  removeWorkspace,
  sweepWorkspaces,
  workspacePath,
} from '../src/workspace.ts';

let temproot: string;
beforeEach(() => {
  temproot = mkdtempSync(join(tmpdir(), 'ampci-workspace-'));
});
afterEach(() => rmSync(temproot, { recursive: true, force: true }));

const path = (buildId = 7, datadirId = 'd1') => workspacePath({ temproot, datadirId, buildId });

function made(buildId = 7, datadirId = 'd1'): string {
  const workspace = path(buildId, datadirId);
  makeWorkspace(workspace);
  return workspace;
}

function fill(folder: string, files: number): void {
  for (let file = 0; file < files; file += 1) writeFileSync(join(folder, `file-${file}`), '');
}

describe('a workspace', () => {
  test('is named after its datadir and build, and never alike', () => {
    expect(basename(path())).toMatch(/^ampci-d1-7-[0-9a-f]{12}$/);
    expect(path()).not.toBe(path());
  });

  test('is for its owner only, with a folder for temporary files', () => {
    const workspace = made();
    expect(statSync(workspace).mode & 0o777).toBe(0o700);
    expect(readdirSync(workspace)).toEqual(['tmp']);
  });

  test('is never one that stood there before', () => {
    const workspace = made();
    expect(() => makeWorkspace(workspace)).toThrow(/^the workspace .* cannot be made: EEXIST.*temproot/);
  });

  test('needs its temproot', () => {
    expect(() => makeWorkspace(join(temproot, 'gone', 'ampci-x'))).toThrow(/cannot be made: ENOENT/);
  });
});

describe('removing', () => {
  test.each([
    ['few files', 1],
    ['many', 200],
  ])(
    'takes folders without permissions, odd names and broken links among %s, but nothing that links lead to',
    async (_, files) => {
      const workspace = made();
      fill(workspace, files);
      const outside = join(temproot, 'outside');
      mkdirSync(outside);
      writeFileSync(join(outside, 'file'), '');
      const locked = join(workspace, '-rf', 'ünï\n');
      mkdirSync(locked, { recursive: true });
      writeFileSync(join(locked, 'file'), '', { mode: 0o400 });
      symlinkSync(outside, join(locked, 'link'));
      symlinkSync('/nowhere', join(workspace, 'broken'));
      chmodSync(locked, 0o555);
      mkdirSync(join(workspace, 'dark'), { mode: 0o000 });
      chmodSync(outside, 0o555);
      await removeWorkspace(workspace);
      expect(existsSync(workspace)).toBe(false);
      expect(readdirSync(outside)).toEqual(['file']);
      expect(statSync(outside).mode & 0o777).toBe(0o555);
      chmodSync(outside, 0o755);
    },
  );

  test('takes the link alone where the workspace is one', async () => {
    const workspace = path();
    mkdirSync(join(temproot, 'outside', 'folder'), { recursive: true });
    symlinkSync(join(temproot, 'outside'), workspace);
    await removeWorkspace(workspace);
    expect(readdirSync(temproot)).toEqual(['outside']);
    expect(readdirSync(join(temproot, 'outside'))).toEqual(['folder']);
    symlinkSync('/proc', workspace);
    await removeWorkspace(workspace);
    expect(readdirSync(temproot)).toEqual(['outside']);
  });

  test('of what is gone is no error', async () => {
    await removeWorkspace(path());
  });

  test('refuses what is no workspace', async () => {
    await expect(removeWorkspace(temproot.replace(/[^/]+$/, ''))).rejects.toThrow(/is no workspace/);
  });

  describe('where no program can be started', () => {
    let searchPath: string | undefined;
    beforeEach(() => {
      searchPath = process.env.PATH;
      process.env.PATH = temproot;
    });
    afterEach(() => {
      process.env.PATH = searchPath;
    });

    test('takes a few files', async () => {
      const workspace = made();
      fill(workspace, 50);
      await removeWorkspace(workspace);
      expect(existsSync(workspace)).toBe(false);
    });

    test('fails for many, says why and leaves them', async () => {
      const workspace = made();
      fill(workspace, 200);
      await expect(removeWorkspace(workspace)).rejects.toThrow(
        /ampci-d1-7-.* cannot be removed: spawn rm ENOENT/,
      );
      expect(readdirSync(workspace)).toHaveLength(201);
    });
  });

  test.each([
    ['/srv/ampci-1', ['/srv/ampci-1/chroot/proc', '/srv/ampci-1/a b']],
    ['/srv/ampci-1/chroot', ['/srv/ampci-1/chroot/proc']],
    ['/srv/ampci-12', ['/srv/ampci-12']],
    ['/srv/amp', []],
  ])('stops at mounts: in %s', (folder, mounts) => {
    const mountinfo = [
      '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
      '30 22 0:5 / /srv/ampci-1/chroot/proc rw - proc proc rw',
      String.raw`31 22 0:5 / /srv/ampci-1/a\040b rw - tmpfs tmpfs rw`,
      '32 22 0:5 / /srv/ampci-12 rw - tmpfs tmpfs rw',
      '',
    ].join('\n');
    expect(mountsIn(folder, mountinfo)).toEqual(mounts);
  });
});

describe('sweeping', () => {
  test('removes workspaces of no known build and no other thing', async () => {
    const known = made(1);
    const kept = keepWorkspace(made(2));
    const foreign = made(3, 'd2');
    const alike = made(4, 'd11');
    const link = path(5);
    symlinkSync(foreign, link);
    writeFileSync(path(6), 'a file');
    const lost = [made(8), made(9)];
    expect(await sweepWorkspaces({ temproot, datadirId: 'd1', keep: () => new Set([known]) })).toEqual([]);
    expect([known, kept, foreign, alike, link].map((each) => existsSync(each))).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(lost.map((each) => existsSync(each))).toEqual([false, false]);
    expect(kept).toMatch(/-kept$/);
  });

  test('spares the workspace of a build that starts meanwhile', async () => {
    made(1);
    let started = '';
    const keep = () => {
      started = made(2);
      return new Set<string>();
    };
    await sweepWorkspaces({ temproot, datadirId: 'd1', keep });
    expect(existsSync(started)).toBe(true);
  });

  test('does nothing where there is no temproot', async () => {
    expect(await sweepWorkspaces({ temproot: '/nowhere', datadirId: 'd1', keep: () => new Set() })).toEqual(
      [],
    );
  });
});

test('free space is told in bytes', async () => {
  expect(await freeBytes(temproot)).toBeGreaterThan(0);
  await expect(freeBytes('/nowhere')).rejects.toThrow(/ENOENT/);
});
