import { expect, test } from 'vitest';
import { type Db, openInMemory } from '../../src/store/database.ts';
import { finish } from '../../src/store/finish.ts';
import { cancelByHand, claim } from '../../src/store/queue.ts';
import { saveRemoteRepo } from '../../src/store/repos.ts';
import { saveManualBuild } from '../../src/store/save-plan.ts';
import { hasNewerHead, storedRepos } from '../../src/store/situation.ts';

const repo = {
  forgeId: '1',
  owner: 'AMP',
  name: 'amppd',
  defaultBranch: 'main',
  archived: false,
  pushedAt: null,
};
const owner = { pid: 1, start: '1', boot: 'b' };
const end = { state: 'error', step: null, exitCode: null, message: null } as const;

test.each(['success', 'failure', 'error'] as const)(
  'a picked commit that ends as %s leaves alone how the head of its branch did',
  (state) => {
    const db = openInMemory();
    const repoId = saveRemoteRepo(db, repo);
    const run = (sha: string, isHead: boolean, ending: 'success' | 'failure' | 'error') => {
      saveManualBuild(db, {
        repoId,
        branch: 'main',
        sha,
        isHead,
        isWanted: true,
        bootstrapSha: null,
        now: 1,
      });
      for (let now = 1; ; now += 1_000_000) {
        const build = claim(db, { owner, now, workspace: () => '/tmp/w' });
        if (!build) return;
        finish(db, build, { end: { ...end, state: ending }, now });
      }
    };
    const head = () => db.prepare('SELECT sha, built_sha, latest_success, failing FROM heads').raw().get();
    for (const headState of ['success', 'failure'] as const) {
      run('head', true, headState);
      const before = head();
      run('older', false, state);
      expect(head()).toEqual(before);
    }
    expect(db.prepare("SELECT count(*) FROM builds WHERE sha = 'older'").pluck().get()).toBe(
      state === 'error' ? 6 : 2,
    );
  },
);

test('a wish that spared a failed build its retry is not taken back', () => {
  const db = openInMemory();
  const repoId = saveRemoteRepo(db, repo);
  const wish = (bootstrapSha: string) =>
    saveManualBuild(db, {
      repoId,
      branch: 'main',
      sha: 'a',
      isHead: true,
      isWanted: true,
      bootstrapSha,
      now: 1,
    });
  wish('b1');
  const running = claim(db, { owner, now: 1, workspace: () => '/tmp/w' });
  if (!running) throw new Error('nothing to claim');
  const waiting = wish('b2');
  expect(finish(db, running, { end, now: 2 })).toBe(true);
  cancelByHand(db, waiting, 3);
  expect(db.prepare('SELECT state FROM builds ORDER BY id').pluck().all()).toEqual(['error', 'queued']);
});

test.each<[string, (db: Db) => void, readonly string[]]>([
  ['is left to a poll', () => {}, ['cancelled', 'queued']],
  ['is over where its branch is gone', (db) => db.exec('UPDATE heads SET gone_at = 2'), ['cancelled']],
  ['is over where the head has moved on', (db) => db.exec("UPDATE heads SET sha = 'b'"), ['cancelled']],
  [
    'is not queued beside what waits already',
    (db) =>
      db.exec(
        "INSERT INTO builds (repo_id, branch, sha, reason, state, queued_at) VALUES (1, 'main', 'a', 'push', 'queued', 2)",
      ),
    ['cancelled', 'queued'],
  ],
])('a head that no poll has seen, stopped while it is built, %s', (_, meanwhile, states) => {
  const db = openInMemory();
  const repoId = saveRemoteRepo(db, repo);
  saveManualBuild(db, {
    repoId,
    branch: 'main',
    sha: 'a',
    isHead: true,
    isWanted: true,
    bootstrapSha: null,
    now: 1,
  });
  const running = claim(db, { owner, now: 1, workspace: () => '/tmp/w' });
  if (!running) throw new Error('nothing to claim');
  meanwhile(db);
  finish(db, running, { end: { ...end, state: 'cancelled' }, now: 3 });
  expect(db.prepare('SELECT state FROM builds ORDER BY id').pluck().all()).toEqual(states);
});

test.each([
  ['during the look', 3, true],
  ['before the look', 1, false],
  ['by a clock that was wrong', 99, false],
])(
  'only a head that was stored while a look was under way is newer than what that saw: one %s',
  (_, at, expected) => {
    const db = openInMemory();
    const repoId = saveRemoteRepo(db, repo);
    const wish = {
      repoId,
      branch: 'main',
      sha: 'a',
      isHead: true,
      isWanted: true,
      bootstrapSha: null,
      now: at,
    };
    saveManualBuild(db, wish);
    expect(hasNewerHead(db, repo, { since: 2, now: 5 })).toBe(expected);
  },
);

test('a build that somebody stopped tried no bootstrap', () => {
  const db = openInMemory();
  const repoId = saveRemoteRepo(db, repo);
  const wish = { repoId, branch: 'main', sha: 'a', isHead: true, isWanted: true, bootstrapSha: 'b', now: 1 };
  const after = (state: 'error' | 'cancelled') => {
    saveManualBuild(db, wish);
    const running = claim(db, { owner, now: 1, workspace: () => '/tmp/w' });
    if (running) finish(db, running, { end: { ...end, state }, now: 2 });
    return storedRepos(db, [repo.forgeId])[0]?.heads[0];
  };
  expect(after('error')).toMatchObject({ latestBuild: 1, latestSha: 'a', latestBootstrapSha: 'b' });
  expect(after('cancelled')).toMatchObject({ latestBuild: null, latestSha: 'a', latestBootstrapSha: null });
});
