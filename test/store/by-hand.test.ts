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
const end = { state: 'error', step: null, exitCode: null, message: null } as const;

test('a wish that spared a failed build its retry is not taken back', () => {
  const db = openInMemory();
  const repoId = saveRemoteRepo(db, repo);
  const wish = (bootstrapSha: string) =>
    saveManualBuild(db, { repoId, branch: 'main', sha: 'a', isHead: true, bootstrapSha, now: 1 });
  wish('b1');
  const running = claim(db, { owner: { pid: 1, start: '1', boot: 'b' }, now: 1, workspace: () => '/tmp/w' });
  if (!running) throw new Error('nothing to claim');
  const waiting = wish('b2');
  expect(finish(db, running, { end, now: 2 })).toBe(true);
  cancelByHand(db, waiting, 3);
  expect(db.prepare('SELECT state FROM builds ORDER BY id').pluck().all()).toEqual(['error', 'queued']);
});
