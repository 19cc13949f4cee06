import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSite, type Site, type SiteOptions } from '../site/site.ts';

const silent = { stdout: '', stderr: '', exitCode: 0 };

/** A site whose bootstrap and `one` have a first commit on main; `first_poll` is amp.yaml's default. */
function open(config: SiteOptions['config'] = {}, repos: readonly string[] = ['one']): Site {
  const site = openSite({ repos, config: { first_poll: 'default_branch', ...config } });
  site.bootstrap.push();
  for (const name of repos) site.repo(name).push();
  return site;
}

function built(site: Site): readonly string[] {
  return site
    .ledger()
    .map(({ repo, branch }) => `${repo} ${branch}`)
    .toSorted();
}

async function why(site: Site, repo: string, branch: string): Promise<string> {
  return (await site.ampci(['why', repo, branch])).stdout;
}

describe('[skip ci] in a commit’s message', () => {
  test('skips what was pushed, not what is built by hand or for the bootstrap', async () => {
    using site = open();
    await site.tick();
    site.repo('one').push('main', { message: 'Mend a comma\n\n[skip ci]' });
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual(['one main']);
    expect((await site.ampci(['history', '-n', '1'])).stdout).toMatch(
      / skipped .* its commit message asks for it\n/,
    );
    expect((await site.ampci(['status'])).exitCode).toBe(0);
    for (const log of ['ampci.log', 'one.log']) {
      const text = readFileSync(join(site.datadir, 'logs', log), 'utf8');
      expect(text).toMatch(
        / \[INFO\] .* ended as skipped after \d+\.\d seconds: its commit message asks for it\n/,
      );
      expect(text).not.toContain('[ERROR]');
    }
    site.bootstrap.push();
    expect(await site.tick()).toMatchObject(silent);
    expect((await site.ampci(['build', 'one'])).exitCode).toBe(0);
    expect(built(site)).toEqual(['one main', 'one main', 'one main']);
  });

  test.each([
    ['push', 'skipped'],
    ['manual', 'success'],
    ['bootstrap', 'success'],
  ])('is asked of a retry as of its first attempt: %s, %s', async (reason, state) => {
    using site = open();
    site.repo('one').push('main', { message: 'Mend a comma [skip ci]' });
    if (reason !== 'push') await site.tick();
    if (reason === 'bootstrap') site.bootstrap.push();
    const laterMs = 10 * 60_000;
    site.configure({ min_free_disk: '1000TB' });
    if (reason === 'manual') await site.ampci(['build', 'one', '--queue']);
    await site.tick();
    await site.tick({ laterMs });
    site.configure({ min_free_disk: '1MB' });
    await site.tick({ laterMs: 2 * laterMs });
    const attempts = site.read('SELECT state FROM builds ORDER BY id').slice(-3);
    expect(attempts).toEqual([{ state: 'error' }, { state: 'error' }, { state }]);
  });

  test('that is no more than mentioned elsewhere skips nothing', async () => {
    using site = open();
    await site.tick();
    site.repo('one').push('main', { message: 'Do not skip ci [ci]' });
    await site.tick();
    expect(built(site)).toHaveLength(2);
  });
});

describe('first_poll', () => {
  test.each([
    ['default_branch', ['one main']],
    ['none', []],
    ['all', ['one main', 'one topic']],
  ])('%s', async (first_poll, expected) => {
    using site = open({ first_poll });
    site.repo('one').push('topic');
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual(expected);
    if (first_poll !== 'all') {
      expect(await why(site, 'one', 'topic')).toContain(
        `taken as seen at the first poll (first_poll: ${first_poll})`,
      );
    }
    site.repo('one').push('later');
    site.repo('one').push('topic');
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual(expect.arrayContaining(['one later', 'one topic']));
  });

  test('rules for a repository that amp.yaml gets later, not for those that are known', async () => {
    using site = open({ repos: ['one'] }, ['one', 'two']);
    await site.tick();
    site.repo('two').push('topic');
    site.repo('one').push('topic');
    site.configure({ repos: ['one', 'two'] });
    expect(await site.tick()).toMatchObject(silent);
    expect(built(site)).toEqual(['one main', 'one topic', 'two main']);
  });
});

test('bootstrap_rebuilds: its globs say which branches a moved bootstrap builds again', async () => {
  using site = open({ first_poll: 'all', bootstrap_rebuilds: ['release/*', '!release/old'] });
  for (const branch of ['release/1', 'release/old', 'topic']) site.repo('one').push(branch);
  await site.tick();
  expect(built(site)).toHaveLength(4);
  site.bootstrap.push();
  expect(await site.tick()).toMatchObject(silent);
  expect(built(site)).toHaveLength(5);
  expect(site.ledger().at(-1)).toMatchObject({ branch: 'release/1', bootstrapSha: site.bootstrap.head() });
});

test('bootstrap_branch: another branch of the bootstrap is what counts', async () => {
  using site = open({ bootstrap_branch: 'stable' });
  const stable = site.bootstrap.push('stable');
  await site.tick();
  expect(site.ledger()).toEqual([expect.objectContaining({ bootstrapSha: stable })]);
  site.bootstrap.push('main');
  expect(await site.tick()).toMatchObject(silent);
  expect(site.ledger()).toHaveLength(1);
  const next = site.bootstrap.push('stable');
  expect(await site.tick()).toMatchObject(silent);
  expect(site.ledger().slice(1)).toEqual([expect.objectContaining({ bootstrapSha: next })]);
});

test('bootstrap: null builds without one', async () => {
  using site = open({ bootstrap: null });
  expect(await site.tick()).toMatchObject(silent);
  expect(site.ledger()).toEqual([expect.objectContaining({ bootstrapSha: 'none' })]);
});

test('branches: what they exclude is recorded, and not built', async () => {
  using site = open({ branches: ['**', '!wip/**'], repos: ['one', { name: 'two', branches: ['main'] }] }, [
    'one',
    'two',
  ]);
  await site.tick();
  for (const branch of ['wip/a', 'topic']) {
    site.repo('one').push(branch);
    site.repo('two').push(branch);
  }
  expect(await site.tick()).toMatchObject(silent);
  expect(built(site)).toEqual(['one main', 'one topic', 'two main']);
  expect(await why(site, 'one', 'wip/a')).toMatch(
    /ignored by `branches: \['!wip\/\*\*'\]` \(amp\.yaml:\d+\)/,
  );
  expect(await why(site, 'two', 'topic')).toMatch(
    /ignored, since no pattern of `branches` matches it \(amp\.yaml:\d+\)/,
  );
});

test('scripts: a branch, else a glob, else the repository’s name, else * says what runs', async () => {
  const keys = { main: 'exact', 'refs/heads/full': 'ref', 'release/*': 'glob', two: 'name', '*': 'rest' };
  const scripts = Object.fromEntries(Object.entries(keys).map(([key, name]) => [key, [name]]));
  using site = open({ scripts, first_poll: 'all' }, ['one', 'two']);
  for (const name of Object.values(keys))
    site.script(name, `echo "$AMPCI_REPO $AMPCI_BRANCH: ${name}" >> '${site.folder}/ran'`);
  for (const branch of ['full', 'release/1', 'topic']) {
    site.repo('one').push(branch);
    site.repo('two').push(branch);
  }
  expect(await site.tick()).toMatchObject(silent);
  expect(readFileSync(join(site.folder, 'ran'), 'utf8').trimEnd().split('\n').toSorted()).toEqual([
    'one full: ref',
    'one main: exact',
    'one release/1: glob',
    'one topic: rest',
    'two full: ref',
    'two main: exact',
    'two release/1: glob',
    'two topic: name',
  ]);
});

test('scripts: where no key fits, the head is recorded and nothing is built', async () => {
  using site = open({ scripts: { main: ['build'] }, first_poll: 'all' });
  site.repo('one').push('topic');
  expect(await site.tick()).toMatchObject(silent);
  expect(built(site)).toEqual(['one main']);
  expect(await why(site, 'one', 'topic')).toMatch(/no key of `?scripts`?/);
});

test('scripts: run in order up to the first that fails, in the workspace', async () => {
  using site = open({ scripts: { '*': ['first', 'sub/second', 'third'] } });
  for (const name of ['first', 'third'])
    site.script(name, `echo ${name}; pwd; test -d amp_bootstrap -a -d src_repos/one`);
  const { stderr, exitCode } = await site.tick();
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 1 });
  // A script that is missing is the operator's trouble: tried again, told only in the end.
  expect(site.read('SELECT state, attempt FROM builds ORDER BY id')).toEqual([
    { state: 'error', attempt: 1 },
    { state: 'queued', attempt: 2 },
  ]);
  const later = await site.settle({ laterMs: 60_000 });
  expect(later.map(({ stderr }) => stderr).join('')).toMatch(
    /^ampci: build given up after 3 attempts: one main \(build 3\)\n[\s\S]*sub\/second/,
  );
  expect((await site.ampci(['log', '1'])).stdout).toMatch(
    new RegExp(
      `^\\[ampci\\] step 1/3: first\nfirst\n${site.temproot}/ampci-[^\n]*\n\\[ampci\\] step 2/3: sub/second\n`,
    ),
  );
});

describe('keep_workspace', () => {
  test('on_failure keeps what a failure left, and says where', async () => {
    using site = open({ keep_workspace: 'on_failure' });
    await site.tick();
    expect(readdirSync(site.temproot)).toEqual([]);
    site.script('build', 'echo evidence > evidence; exit 1');
    site.repo('one').push();
    expect((await site.tick()).exitCode).toBe(1);
    const [kept = ''] = readdirSync(site.temproot);
    expect(readFileSync(join(site.temproot, kept, 'evidence'), 'utf8')).toBe('evidence\n');
    expect((await site.ampci(['log'])).stdout).toContain(join(site.temproot, kept));
    await site.tick();
    expect(existsSync(join(site.temproot, kept, 'src_repos/one/file'))).toBe(true);
  });

  test('never, the default, keeps nothing', async () => {
    using site = open();
    site.script('build', 'exit 1');
    await site.tick();
    expect(readdirSync(site.temproot)).toEqual([]);
  });
});

test('timeout ends a build with all that it started, and is the committer’s failure', async () => {
  using site = open({ timeout: '1s', grace: '1s' });
  site.script('build', 'echo begun; setsid sleep 1000 & sleep 1000');
  const { stderr, exitCode } = await site.tick();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^ampci: build ran out of time: one main \(build 1\)\n[\s\S]*because: {3}it took longer than 1s\n/,
  );
  expect(await site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
  expect(await site.tick()).toMatchObject(silent);
});

test('log_format: json has the same lines for machines', async () => {
  using site = open({ log_format: 'json' });
  await site.tick();
  const lines = readFileSync(join(site.datadir, 'logs/one.log'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
    'Building one, refs/heads/main',
    expect.stringMatching(/^Done building one, refs\/heads\/main in \d+\.\d seconds$/),
  ]);
});

test('retention: the daily pruning, which asks the server too, waits while that cannot be asked', async () => {
  using site = open();
  const prunedAt = () =>
    site.read<{ value: string }>("SELECT value FROM meta WHERE key = 'pruned_at'")[0]?.value;
  await site.tick();
  const first = prunedAt();
  const away = join(site.folder, 'away');
  renameSync(join(site.folder, 'forge'), away);
  await site.tick({ laterMs: 25 * 3_600_000 });
  expect(prunedAt()).toBe(first);
  renameSync(away, join(site.folder, 'forge'));
  await site.tick({ laterMs: 26 * 3_600_000 });
  expect(prunedAt()).not.toBe(first);
});

describe('a failing branch', () => {
  async function failingTopic(): Promise<Site> {
    const site = openSite();
    for (const remote of [site.bootstrap, site.repo('one')]) remote.push();
    site.repo('one').push('topic');
    site.script('build', '[ "$AMPCI_BRANCH" = main ] || exit 1');
    await site.tick();
    expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI WARNING/);
    return site;
  }

  test.each([
    ['branches', { branches: ['main'] }],
    ['scripts', { scripts: { main: ['build'] } }],
  ])('alerts no longer once %s leave it out and a poll has seen it', async (_, config) => {
    using site = await failingTopic();
    site.configure(config);
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
    expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI OK/);
    expect(await site.ampci(['poll', '--full'])).toMatchObject(silent);
  });

  test('alerts no longer once it was skipped for want of scripts', async () => {
    using site = await failingTopic();
    site.configure({ scripts: { main: ['build'] } });
    expect((await site.ampci(['build', 'one', 'topic'])).stdout).toContain(': skipped');
    expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI OK/);
  });

  test('alerts on when its commit asks to be skipped', async () => {
    using site = await failingTopic();
    site.repo('one').push('topic', { message: 'Say more [skip ci]' });
    expect(await site.tick()).toMatchObject(silent);
    expect(site.read('SELECT state FROM builds ORDER BY id DESC')[0]).toEqual({ state: 'skipped' });
    expect((await site.ampci(['status'])).stdout).toMatch(/^AMPCI WARNING/);
  });
});
