import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderIn, git, gitEnvironment, openSite, type Site, sourceOf } from './site.ts';

const isRoot = process.getuid?.() === 0;

/** An executable that leaves a file behind, to be found where it must never run. */
function tattler(site: Site): { readonly path: string; readonly ran: () => boolean } {
  const path = join(site.folder, 'tattler');
  const trace = join(site.folder, 'tattler-ran');
  writeFileSync(path, `#!/bin/sh\ntouch ${trace}\n`);
  chmodSync(path, 0o755);
  return { path, ran: () => existsSync(trace) };
}

describe('what a repository brings along', () => {
  test('hooks of the site are not run', async () => {
    using site = openSite();
    const { path, ran } = tattler(site);
    const hooks = folderIn(site, 'hooks');
    for (const hook of [
      'post-checkout',
      'reference-transaction',
      'post-merge',
      'post-index-change',
      'fsmonitor',
    ]) {
      writeFileSync(join(hooks, hook), `#!/bin/sh\nexec ${path}\n`);
      chmodSync(join(hooks, hook), 0o755);
    }
    const config = join(site.folder, 'gitconfig');
    writeFileSync(
      config,
      `[core]\n\thooksPath = ${hooks}\n\tfsmonitor = ${path}\n[log]\n\tshowSignature = true\n[gpg]\n\tprogram = ${path}\n`,
    );
    const remote = site.remote('web');
    const opened = site.reopened({ environment: { ...gitEnvironment, GIT_CONFIG_GLOBAL: config } });
    const { result } = await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')), {
      git: opened,
    });
    expect(result.kind).toBe('checked_out');
    expect(ran()).toBe(false);
    execFileSync('git', ['-C', join(site.folder, 'checkout-1'), 'checkout', '-q', '-b', 'x'], {
      env: { ...gitEnvironment, GIT_CONFIG_GLOBAL: config },
    });
    expect(ran()).toBe(true);
  });

  test.each(['ext::', 'ext::sh -c '])('a submodule with a URL %s is refused', async (transport) => {
    using site = openSite();
    const { path, ran } = tattler(site);
    const remote = site.remote('web');
    const sha = remote.commit('main', {
      '.gitmodules': `[submodule "evil"]\n\tpath = evil\n\turl = ${transport}${path}\n`,
      evil: { mode: '160000', content: 'e'.repeat(40) },
    });
    const config = join(site.folder, 'gitconfig');
    writeFileSync(config, '[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n');
    const careless = site.reopened({ environment: { ...gitEnvironment, GIT_CONFIG_GLOBAL: config } });
    for (const opened of [site.git, careless]) {
      const { result } = await site.checkout(sourceOf('web', remote, 'main', sha), { git: opened });
      expect(result).toMatchObject({ kind: 'trouble', trouble: { kind: 'forbidden' } });
    }
    expect(ran()).toBe(false);
  });

  test('a submodule cannot bring a command to update it with', async () => {
    using site = openSite();
    const { path, ran } = tattler(site);
    const [remote, lib] = [site.remote('web'), site.remote('lib')];
    const sha = remote.commit('main', {
      '.gitmodules': `[submodule "lib"]\n\tpath = lib\n\turl = ${lib.url}\n\tupdate = !${path}\n`,
      lib: { mode: '160000', content: lib.commit('main') },
    });
    await site.checkout(sourceOf('web', remote, 'main', sha));
    expect(ran()).toBe(false);
  });
});

describe('submodules', () => {
  test('are in, theirs too, from relative and absolute URLs', async () => {
    using site = openSite();
    const [web, lib, deep] = [site.remote('web'), site.remote('lib'), site.remote('deep')];
    const libSha = lib.commit('main', {
      lib: 'lib',
      '.gitmodules': `[submodule "deep"]\n\tpath = deep\n\turl = ${deep.url}\n`,
      deep: { mode: '160000', content: deep.commit('main', { deep: 'deep' }) },
    });
    lib.commit('main', { lib: 'newer' });
    const sha = web.commit('main', {
      '.gitmodules': '[submodule "lib"]\n\tpath = sub/lib\n\turl = ../lib.git\n',
      'sub/lib': { mode: '160000', content: libSha },
    });
    const { directory, git: inside, result } = await site.checkout(sourceOf('web', web, 'main', sha));
    expect(result.kind).toBe('checked_out');
    expect(readFileSync(join(directory, 'sub/lib/lib'), 'utf8')).toBe('lib');
    expect(readFileSync(join(directory, 'sub/lib/deep/deep'), 'utf8')).toBe('deep');
    expect(inside('status', '--porcelain')).toBe('');
  });

  test('stay out where the configuration says so', async () => {
    using site = openSite();
    const [web, lib] = [site.remote('web'), site.remote('lib')];
    const sha = web.commit('main', {
      '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n',
      lib: { mode: '160000', content: lib.commit('main', { lib: 'lib' }) },
    });
    const { directory } = await site.checkout({ ...sourceOf('web', web, 'main', sha), submodules: false });
    expect(readdirSync(join(directory, 'lib'))).toEqual([]);
  });

  test('that are not there are an error that names the repository', async () => {
    using site = openSite();
    const web = site.remote('web');
    const sha = web.commit('main', {
      '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ../gone.git\n',
      lib: { mode: '160000', content: 'e'.repeat(40) },
    });
    const { result } = await site.checkout(sourceOf('web', web, 'main', sha));
    expect(result).toMatchObject({
      trouble: { kind: 'missing', message: expect.stringContaining('submodules of acme/web') },
    });
  });
});

describe("the caller's surroundings", () => {
  test('git variables around the crontab do not lead astray', async () => {
    using site = openSite();
    const other = site.remote('other');
    other.commit('main', { other: 'other' });
    const before = git(other.path, 'for-each-ref');
    const remote = site.remote('web');
    const astray = {
      GIT_DIR: other.path,
      GIT_WORK_TREE: site.folder,
      GIT_INDEX_FILE: '/nonexistent/index',
      GIT_OBJECT_DIRECTORY: '/nonexistent',
    };
    const opened = site.reopened({ environment: { ...gitEnvironment, ...astray } });
    const { result } = await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')), {
      git: opened,
    });
    expect(result.kind).toBe('checked_out');
    expect(git(other.path, 'for-each-ref')).toBe(before);
  });

  test('settings of the machine stay in force, those that would change a checkout do not', async () => {
    using site = openSite();
    const [remote, lib] = [site.remote('web'), site.remote('lib')];
    const config = join(site.folder, 'gitconfig');
    writeFileSync(
      config,
      [
        `[url "file://${site.folder}/"]\n\tinsteadOf = https://inside.example/`,
        '[submodule]\n\trecurse = true',
        '[fetch]\n\tprune = true\n\tpruneTags = true\n\trecurseSubmodules = true',
        '[clone]\n\tdefaultRemoteName = upstream\n\trejectShallow = true',
        '[init]\n\tdefaultBranch = trunk\n\ttemplateDir = /nonexistent',
        '[gc]\n\tpruneExpire = now\n\tauto = 1',
        '[safe]\n\tbareRepository = explicit',
        '[protocol]\n\tversion = 0',
        '[color]\n\tui = always',
        '[i18n]\n\tlogOutputEncoding = latin1',
      ].join('\n'),
    );
    const opened = site.reopened({ environment: { ...gitEnvironment, GIT_CONFIG_GLOBAL: config } });
    const url = 'https://inside.example/web.git';
    const sha = remote.commit(
      'main',
      {
        '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n',
        lib: { mode: '160000', content: lib.commit('main', { lib: 'lib' }) },
      },
      'Schöne Grüße',
    );
    const source = { ...sourceOf('web', { url }, 'main', sha), submodules: false };
    expect((await site.checkout(source, { git: opened })).result).toMatchObject({
      commit: { subject: 'Schöne Grüße' },
    });
    const next = { ...source, sha: remote.commit('main') };
    const { git: inside } = await site.checkout(next, { git: opened });
    expect(inside('rev-parse', 'HEAD')).toBe(next.sha);
    expect(inside('remote', 'get-url', 'origin')).toBe(url);
    expect(site.lines).toEqual([]);
  });

  test('without git in the PATH it says so', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const opened = site.reopened({ environment: { ...gitEnvironment, PATH: folderIn(site, 'bin') } });
    const { result } = await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')), {
      git: opened,
    });
    expect(result).toMatchObject({ trouble: { kind: 'no_git', message: expect.stringContaining('PATH') } });
  });

  test('branches whose names are no UTF-8 and read alike are listed as one', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const shas = [remote.commit('main'), remote.commit('main')];
    for (const [index, sha] of shas.entries()) {
      const name = Buffer.from([0x78, 0xfe + index]);
      writeFileSync(Buffer.concat([Buffer.from(`${remote.path}/refs/heads/`), name]), `${sha}\n`);
    }
    const patience = { signal: new AbortController().signal, timeoutMs: 20_000 };
    expect(await site.git.listRemote(remote.url, patience)).toMatchObject({
      heads: [
        { branch: 'main', sha: shas[1] },
        { branch: 'x\ufffd', sha: shas[1] },
      ],
    });
  });

  test('a commit in another encoding is read', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const base = remote.commit('main');
    const commit = Buffer.from(
      `tree ${git(remote.path, 'rev-parse', `${base}^{tree}`)}\nparent ${base}\nauthor J\xf6rg <j@example.org> 1 +0000\ncommitter J <j@example.org> 1 +0000\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n`,
      'latin1',
    );
    const sha = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
      cwd: remote.path,
      env: gitEnvironment,
      input: commit,
      encoding: 'utf8',
    }).trim();
    git(remote.path, 'update-ref', 'refs/heads/main', sha);
    const { result } = await site.checkout(sourceOf('web', remote, 'main', sha));
    expect(result).toMatchObject({ commit: { author: 'Jörg', subject: 'Grüße' } });
  });
});

describe('the machine', () => {
  test.skipIf(!isRoot)('with a full disk under the mirrors or the workspaces says so', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`f${n}`, randomText(n)]));
    const sha = remote.commit('main', files);
    for (const place of ['data/mirrors', 'small']) {
      using _ = tmpfs(folderIn(site, place), '1m');
      const source = sourceOf('web', remote, 'main', sha);
      const directory = join(site.folder, 'small/checkout');
      mkdirSync(join(site.folder, 'small'), { recursive: true });
      const result = await site.git.checkout(source, {
        directory,
        signal: new AbortController().signal,
        mark: null,
        log: () => {},
      });
      expect(result).toMatchObject({ kind: 'trouble', trouble: { kind: 'disk_full' } });
    }
    expect((await site.checkout(sourceOf('web', remote, 'main', sha))).result.kind).toBe('checked_out');
  });

  test.skipIf(!isRoot)('with mirrors on a read-only disk says so', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const first = remote.commit('main');
    const mirrors = folderIn(site, 'data/mirrors');
    using _ = tmpfs(mirrors, '10m');
    await site.checkout(sourceOf('web', remote, 'main', first));
    const second = remote.commit('main');
    execFileSync('/bin/mount', ['-o', 'remount,ro', mirrors]);
    const { result } = await site.checkout(sourceOf('web', remote, 'main', second), {
      git: site.reopened({}),
    });
    expect(result).toMatchObject({ trouble: { kind: 'read_only' } });
    const [other] = [site.remote('other')];
    const cold = await site.checkout(sourceOf('other', other, 'main', other.commit('main')));
    expect(cold.result).toMatchObject({ trouble: { kind: 'read_only' } });
  });

  test.skipIf(isRoot)('where the mirrors may not be written says so', async () => {
    using site = openSite();
    const remote = site.remote('web');
    const mirrors = folderIn(site, 'data/mirrors');
    chmodSync(mirrors, 0o500);
    const { result } = await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    chmodSync(mirrors, 0o700);
    expect(result).toMatchObject({ trouble: { kind: 'read_only' } });
  });

  test('git that does not heed signals is killed when the build is stopped, with what it started', async () => {
    using site = openSite();
    const bin = folderIn(site, 'bin');
    const started = join(site.folder, 'started');
    writeFileSync(
      join(bin, 'git'),
      `#!/bin/sh\ntrap '' INT TERM\necho $$ > ${started}\nsleep 600 & wait\nsleep 600\n`,
    );
    chmodSync(join(bin, 'git'), 0o755);
    const opened = site.reopened({
      environment: { ...gitEnvironment, PATH: `${bin}:${gitEnvironment.PATH}` },
    });
    const stop = new AbortController();
    const source = { ...sourceOf('web', { url: 'file:///nonexistent' }, 'main', 'e'.repeat(40)) };
    const checkout = site.checkout(source, { git: opened, signal: stop.signal });
    while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    expect((await checkout).result).toMatchObject({ trouble: { kind: 'stopped' } });
    expect(existsSync(`/proc/${readFileSync(started, 'utf8').trim()}`)).toBe(false);
  });

  test('git of an ampci that died is ended before its lock files are removed', async () => {
    using site = openSite();
    const remote = site.remote('web');
    await site.checkout(sourceOf('web', remote, 'main', remote.commit('main')));
    const mirror = site.mirror('web');
    const orphan = spawn('sleep', ['600'], { env: { ...gitEnvironment, AMPCI_MIRROR: mirror } });
    await once(orphan, 'spawn');
    const ended = once(orphan, 'exit');
    writeFileSync(join(mirror, 'packed-refs.lock'), '');
    writeFileSync(join(mirror, 'shallow.lock'), '');
    writeFileSync(join(mirror, 'refs/heads/main.lock'), '');
    const sha = remote.commit('main');
    const { git: inside } = await site.checkout(sourceOf('web', remote, 'main', sha));
    expect(inside('rev-parse', 'HEAD')).toBe(sha);
    expect(await ended).toEqual([null, 'SIGKILL']);
  });
});

/** Text that does not compress to nothing. */
function randomText(seed: number): string {
  let state = seed + 1;
  return Array.from({ length: 8_000 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}

function tmpfs(path: string, size: string): Disposable {
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  return { [Symbol.dispose]: () => void execFileSync('/bin/umount', ['--lazy', path]) };
}
