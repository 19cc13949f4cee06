import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openSite, type Site } from '../site/site.ts';

const silent = { stdout: '', stderr: '', exitCode: 0 };

function open(repos: readonly string[] = ['one'], script = ''): Site {
  const site = openSite({ repos, script });
  site.bootstrap.push();
  for (const name of repos) site.repo(name).push();
  return site;
}

function built(site: Site): readonly string[] {
  return site.ledger().map(({ repo, branch, sha }) => `${repo} ${branch} ${sha}`);
}

async function until(holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`never ${holds}`);
    await pause(20);
  }
}

describe('a build by hand', () => {
  test('of what was pushed is not built again by the next poll', async () => {
    using site = open();
    await site.tick();
    const sha = site.repo('one').push();
    expect((await site.ampci(['build', 'one'])).exitCode).toBe(0);
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site).slice(1)).toEqual([`one main ${sha}`]);
    expect((await site.ampci(['history', '-n', '1'])).stdout).toContain(' manual ');
  });

  test('of a repository that no poll has seen leaves the poll its other branches', async () => {
    using site = open();
    const topic = site.repo('one').push('topic');
    expect((await site.ampci(['build', 'one'])).exitCode).toBe(0);
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual([`one main ${site.repo('one').head()}`, `one topic ${topic}`]);
  });

  test('may be of any branch and be repeated, whatever was built before', async () => {
    using site = open();
    const topic = site.repo('one').push('topic');
    await site.tick();
    for (const _ of [1, 2]) expect((await site.ampci(['build', 'one', 'topic'])).exitCode).toBe(0);
    expect(built(site).filter((each) => each === `one topic ${topic}`)).toHaveLength(3);
  });

  test('of an older commit is the branch as it was then; the head stays built', async () => {
    using site = open();
    const old = site.repo('one').head();
    await site.tick();
    const head = site.repo('one').push();
    await site.tick();
    const { stdout, exitCode } = await site.ampci(['build', 'one', '--sha', old]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`one main at ${old.slice(0, 12)}: success`);
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual([`one main ${old}`, `one main ${head}`, `one main ${old}`]);
    site.bootstrap.push();
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site).at(-1)).toBe(`one main ${head}`);
  });

  test('of an older commit does not hide what was pushed meanwhile', async () => {
    using site = open();
    const old = site.repo('one').head();
    await site.tick();
    const head = site.repo('one').push();
    expect((await site.ampci(['build', 'one', '--sha', old])).exitCode).toBe(0);
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site).at(-1)).toBe(`one main ${head}`);
  });

  test('that is queued is built by the next poll, before what was pushed', async () => {
    using site = open(['one', 'two']);
    site.configure({ workers: 1 });
    await site.tick();
    site.repo('one').push();
    const { stdout } = await site.ampci(['build', 'two', '--queue']);
    expect(stdout).toMatch(/^two main at \w+: queued as build \d+\n$/);
    expect(await site.tick()).toMatchObject(silent);
    expect(
      site
        .ledger()
        .slice(2)
        .map(({ repo }) => repo),
    ).toEqual(['two', 'one']);
  });

  test('beside a bootstrap that moved is not repeated for the bootstrap', async () => {
    using site = open(['one', 'two']);
    await site.tick();
    const bootstrapSha = site.bootstrap.push();
    await site.ampci(['build', 'one']);
    expect(await site.tick()).toMatchObject(silent);
    expect(site.ledger().slice(2)).toEqual([
      expect.objectContaining({ repo: 'one', bootstrapSha }),
      expect.objectContaining({ repo: 'two', bootstrapSha }),
    ]);
  });

  test('of the bootstrap is one of all repositories', async () => {
    using site = open(['one', 'two']);
    await site.tick();
    expect((await site.ampci(['build', 'amp_bootstrap', '--queue'])).stdout).toBe('queued 2 builds\n');
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toHaveLength(4);
  });

  test('of the bootstrap builds the heads of now, though no poll has seen them', async () => {
    using site = open(['one', 'two']);
    expect((await site.ampci(['build', 'amp_bootstrap'])).exitCode).toBe(0);
    const [one, bootstrapSha] = [site.repo('one').push(), site.bootstrap.push()];
    expect((await site.ampci(['build', 'amp_bootstrap'])).exitCode).toBe(0);
    expect(built(site).slice(2).toSorted()).toEqual([
      `one main ${one}`,
      `two main ${site.repo('two').head()}`,
    ]);
    expect(
      site
        .ledger()
        .slice(2)
        .every((entry) => entry.bootstrapSha === bootstrapSha),
    ).toBe(true);
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toHaveLength(4);
  });
});

describe('how long a branch has been failing, and by whom,', () => {
  const dayMs = 24 * 3_600_000;
  /** The first commit of main is good; returns one that is not, which is not main any more. */
  async function withBadCommit() {
    const site = openSite({
      script: 'git -C "src_repos/$AMPCI_REPO" log -1 --format=%s | grep -qv bad || exit 1',
    });
    site.bootstrap.push();
    const good = site.repo('one').push();
    const bad = site.repo('one').push('topic', { message: 'bad', author: 'Ada' });
    site.repo('one').force('topic', good);
    await site.tick();
    return { site, bad };
  }

  test('is not told by a commit that somebody picked', async () => {
    const { site: opened, bad } = await withBadCommit();
    using site = opened;
    expect((await site.ampci(['build', 'one', '--sha', bad])).exitCode).toBe(1);
    expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI OK/);
    const laterMs = dayMs;
    site.repo('one').push('main', { message: 'bad again', author: 'Bert' });
    await site.tick({ laterMs });
    await site.ampci(['build', 'one', '--sha', bad], { laterMs });
    const { stdout } = await site.ampci(['status'], { laterMs: laterMs + 60_000 });
    expect(stdout).toMatch(
      /one main has been failing for \d+ (s|min): build \d+ ended [^\n]*\(Bert: bad again\)/,
    );
  });

  test('is told by the head that somebody built, also once the next one has failed', async () => {
    const { site: opened } = await withBadCommit();
    using site = opened;
    site.script('build', 'exit 1');
    await site.ampci(['build', 'one']);
    site.repo('one').push('main', { author: 'Bert' });
    await site.tick({ laterMs: 2 * dayMs });
    const { stdout } = await site.ampci(['status'], { laterMs: 2 * dayMs });
    expect(stdout).toMatch(/one main has been failing for 2 d: build \d+ ended [^\n]*\(Bert: /);
  });
});

describe('poll with names', () => {
  test('looks at these repositories only, and loses nothing of the others', async () => {
    using site = open(['one', 'two']);
    await site.tick();
    const [one, two] = [site.repo('one').push(), site.repo('two').push()];
    expect(await site.ampci(['poll', 'two'])).toMatchObject(silent);
    expect(built(site).slice(2)).toEqual([`two main ${two}`]);
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site).slice(3)).toEqual([`one main ${one}`]);
  });

  test('before any other poll takes a moved bootstrap for no change of the rest', async () => {
    using site = open(['one', 'two']);
    await site.ampci(['poll', 'two']);
    expect(built(site)).toEqual([`two main ${site.repo('two').head()}`]);
    site.bootstrap.push();
    expect(await site.tick()).toMatchObject(silent);
    const bootstrapSha = site.bootstrap.head();
    expect(
      site
        .ledger()
        .slice(1)
        .toSorted((a, b) => a.repo.localeCompare(b.repo)),
    ).toEqual([
      expect.objectContaining({ repo: 'one', bootstrapSha }),
      expect.objectContaining({ repo: 'two', bootstrapSha }),
    ]);
  });
});

/** Names, sizes, times and contents of all files below a folder. */
function stateOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { mtimeMs, size, mode } = statSync(join(folder, name));
      const content = statSync(join(folder, name)).isFile() ? readFileSync(join(folder, name)) : '';
      return `${name} ${size} ${mode} ${mtimeMs} ${createHash('sha1').update(content).digest('hex')}`;
    });
}

describe('--dry-run', () => {
  test('says what would be built and why, and writes nothing', async () => {
    using site = open(['one', 'two']);
    await site.tick();
    site.configure({ branches: ['**', '!wip/*'] });
    const head = site.repo('one').push();
    site.repo('one').push('wip/x');
    const before = stateOf(site.datadir);
    const { stdout, stderr, exitCode } = await site.ampci(['poll', '--dry-run']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toContain(`build  one main at ${head.slice(0, 12)}: it moved\n`);
    expect(stdout).toMatch(/^leave {2}one wip\/x at \w+: ignored by `branches: \['!wip\/\*'\]`/m);
    expect(stdout).not.toContain('two');
    expect(stateOf(site.datadir)).toEqual(before);
    await site.tick();
    expect(built(site)).toHaveLength(3);
  });

  test('of a moved bootstrap shows the wave', async () => {
    using site = open(['one', 'two']);
    await site.tick();
    site.bootstrap.push();
    const { stdout } = await site.ampci(['poll', '--dry-run']);
    expect(stdout.match(/^build {2}(one|two) main at \w+: the bootstrap/gm)).toHaveLength(2);
  });

  test('shows what waits already', async () => {
    using site = open();
    await site.tick();
    const head = site.repo('one').push();
    await site.ampci(['build', 'one', '--queue']);
    const { stdout } = await site.ampci(['poll', '--dry-run']);
    expect(stdout).toBe(`build  one main at ${head.slice(0, 12)}: it waits as build 2 (manual)\n`);
  });

  test('says why nothing would be built beside a bootstrap without the branch', async () => {
    using site = open();
    await site.tick();
    site.configure({ bootstrap_branch: 'nowhere' });
    site.repo('one').push();
    const { stdout } = await site.ampci(['poll', '--dry-run', '--full']);
    expect(stdout).toMatch(
      /^trouble: .*amp_bootstrap, the bootstrap, has no branch nowhere: nothing is built until it has/,
    );
    expect(stdout).toMatch(/\nleave {2}what moved: the bootstrap has no commit to build beside\n$/);
  });

  test('makes no datadir where there is none', async () => {
    using site = open();
    const before = readdirSync(site.folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !name.startsWith('home/'),
    );
    const { stdout, exitCode } = await site.ampci(['poll', '--dry-run', '--full', 'one']);
    expect(stdout).toMatch(/^build {2}one main at \w+: it is new\n$/);
    expect(exitCode).toBe(0);
    expect(existsSync(site.datadir)).toBe(false);
    const after = readdirSync(site.folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !name.startsWith('home/'),
    );
    expect(after.toSorted()).toEqual(before.toSorted());
  });
});

describe('--for and --every', () => {
  test('poll on, so that a push is building within seconds, and end on a signal without a word', async () => {
    using site = open();
    const poll = site.start(['poll', '--for', '10m', '--every', '1s']);
    await until(() => site.ledger().length === 1);
    const sha = site.repo('one').push();
    await until(() => site.ledger().length === 2);
    expect(site.ledger()[1]?.sha).toBe(sha);
    // A signal that comes before the build's end is recorded interrupts the build.
    await until(() => site.read("SELECT id FROM builds WHERE state = 'success'").length === 2);
    poll.child.kill('SIGTERM');
    expect(await poll.ended).toMatchObject(silent);
    expect(await site.violations()).toEqual([]);
  });

  test('poll while a long build runs, and wait for it in the end', async () => {
    using site = open(
      ['one', 'two'],
      '[ "$AMPCI_REPO" = two ] || until [ -e "$HOME/go" ]; do sleep 0.02; done',
    );
    const poll = site.start(['poll', '--for', '3s', '--every', '1s']);
    await until(() => site.ledger().length === 1);
    site.repo('two').push();
    await until(() => site.ledger().length === 2);
    expect(site.ledger().map(({ repo }) => repo)).toEqual(['two', 'two']);
    writeFileSync(join(site.folder, 'home/go'), '');
    expect(await poll.ended).toMatchObject(silent);
    expect(site.ledger()).toHaveLength(3);
  });
});
