import { expect, test } from 'vitest';
import { openInMemory } from '../../src/store/database.ts';
import { finish } from '../../src/store/finish.ts';
import { cancelByHand, claim } from '../../src/store/queue.ts';
import { saveRemoteRepo } from '../../src/store/repos.ts';
import { saveManualBuild } from '../../src/store/save-plan.ts';

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
      saveManualBuild(db, { repoId, branch: 'main', sha, isHead, bootstrapSha: null, now: 1 });
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
    saveManualBuild(db, { repoId, branch: 'main', sha: 'a', isHead: true, bootstrapSha, now: 1 });
  wish('b1');
  const running = claim(db, { owner, now: 1, workspace: () => '/tmp/w' });
  if (!running) throw new Error('nothing to claim');
  const waiting = wish('b2');
  expect(finish(db, running, { end, now: 2 })).toBe(true);
  cancelByHand(db, waiting, 3);
  expect(db.prepare('SELECT state FROM builds ORDER BY id').pluck().all()).toEqual(['error', 'queued']);
});
