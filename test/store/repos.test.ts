import { expect, it } from 'vitest';
import { plan } from '../../src/domain/plan.ts';
import { openInMemory } from '../../src/store/database.ts';
import { saveNames } from '../../src/store/names.ts';
import { saveRemoteRepo, saveSeen, unwatchOthers } from '../../src/store/repos.ts';
import { savePlan } from '../../src/store/save-plan.ts';
import { repoByName, storedRepos } from '../../src/store/situation.ts';
import { saveTroubles } from '../../src/store/troubles.ts';
import { configWith } from '../domain/config-fixture.ts';

const config = configWith();
const byNumber = {
  forgeId: '4711',
  owner: 'AMP',
  name: 'amppd',
  defaultBranch: 'main',
  archived: false,
  pushedAt: '2026-11-26T12:00:00Z',
};

it('is no longer watched when a full poll neither showed it nor missed it, unless it is not to be asked yet', () => {
  const db = openInMemory();
  saveSeen(db, [byNumber]);
  const watched = () => db.prepare('SELECT count(*) FROM repos WHERE watched = 1').pluck().get();
  const trouble = {
    owner: 'AMP',
    name: 'typo',
    forgeId: null,
    kind: 'missing',
    message: 'it is not there',
  } as const;
  expect(saveTroubles(db, { troubles: [trouble], repos: [], now: 1000 }).broke).toHaveLength(1);
  unwatchOthers(db, { kept: new Set(['4711']), startedAt: 1001, now: 1001 });
  expect(watched()).toBe(2);
  unwatchOthers(db, { kept: new Set(), startedAt: 10_000_000, now: 10_000_000 });
  expect(watched()).toBe(0);
});

it('is watched again, though it cannot be read, when it is configured again', () => {
  const db = openInMemory();
  saveSeen(db, [byNumber]);
  unwatchOthers(db, { kept: new Set(), startedAt: 1, now: 1 });
  const { forgeId, owner, name } = byNumber;
  const trouble = { forgeId, owner, name, kind: 'unreadable', message: 'it is not whole' } as const;
  saveTroubles(db, { troubles: [trouble], repos: [], now: 2 });
  expect(db.prepare('SELECT watched, broken_since FROM repos').raw().all()).toEqual([[1, 2]]);
});

it('has what waited built when it is configured again', () => {
  const db = openInMemory();
  const poll = (sha: string, now: number) => {
    const observed = [{ repo: byNumber, heads: [{ branch: 'main', sha }] }];
    const situation = {
      full: true,
      observed,
      stored: storedRepos(db, ['4711']),
      bootstrap: { now: 'b1', before: 'b1', since: 0 },
    };
    savePlan(db, { plan: plan(config, situation), bootstrapSha: 'b1', now });
  };
  poll('a', 1);
  unwatchOthers(db, { kept: new Set(), startedAt: 2, now: 2 });
  poll('a', 3);
  const states = () => db.prepare('SELECT sha, state FROM builds ORDER BY id').raw().all();
  expect(states()).toEqual([
    ['a', 'cancelled'],
    ['a', 'queued'],
  ]);
  poll('a', 4);
  expect(states()).toHaveLength(2);
});

it('has no retry built that was queued after it had ceased to be configured', () => {
  const db = openInMemory();
  const repoId = saveRemoteRepo(db, byNumber);
  unwatchOthers(db, { kept: new Set(), startedAt: 1, now: 1 });
  db.prepare(
    "INSERT INTO builds (repo_id, branch, sha, reason, state, queued_at) VALUES (?, 'main', 'a', 'retry', 'queued', 2)",
  ).run(repoId);
  unwatchOthers(db, { kept: new Set(), startedAt: 3, now: 3 });
  expect(db.prepare('SELECT state FROM builds').pluck().all()).toEqual(['cancelled']);
});

it('is the newest of that name, and also found by the name before a rename', () => {
  const db = openInMemory();
  saveSeen(db, [byNumber]);
  saveSeen(db, [{ ...byNumber, forgeId: '4712' }]);
  expect(repoByName(db, byNumber)).toMatchObject({ forgeId: '4712' });
  const renamed = [
    { ...byNumber, forgeId: '4712', name: 'renamed' },
    { ...byNumber, name: 'other' },
  ];
  saveNames(db, config, { seen: renamed, redirects: [], troubles: [], now: 1 });
  expect(repoByName(db, byNumber)).toMatchObject({ forgeId: '4712', name: 'renamed' });
  expect(repoByName(db, { ...byNumber, name: 'nobody' })).toBeNull();
});
