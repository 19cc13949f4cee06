import { describe, expect, it } from 'vitest';
import { openInMemory } from '../../src/store/database.ts';
import { adoptRepos, saveRemoteRepo, saveSeen, unwatchOthers } from '../../src/store/repos.ts';
import { storedRepos } from '../../src/store/situation.ts';
import { saveTroubles } from '../../src/store/troubles.ts';

const byUrl = {
  forgeId: 'https://github.com/AMP/amppd',
  owner: 'AMP',
  name: 'amppd',
  defaultBranch: 'main',
  archived: false,
  pushedAt: null,
};
const byNumber = { ...byUrl, forgeId: '4711', pushedAt: '2026-11-26T12:00:00Z' };

describe('a repository that another forge calls by another id', () => {
  it('keeps its row when the site gains a token, and when it loses it', () => {
    const db = openInMemory();
    const id = saveRemoteRepo(db, byUrl);
    adoptRepos(db, [byNumber]);
    expect(saveRemoteRepo(db, byNumber)).toBe(id);
    adoptRepos(db, [byUrl]);
    expect(saveRemoteRepo(db, byUrl)).toBe(id);
  });

  it('is another one where only the name is the same: a repository made anew under it', () => {
    const db = openInMemory();
    const id = saveRemoteRepo(db, byNumber);
    adoptRepos(db, [{ ...byNumber, forgeId: '4712' }]);
    expect(saveRemoteRepo(db, { ...byNumber, forgeId: '4712' })).not.toBe(id);
  });
});

it('is followed through a rename, which is said once', () => {
  const db = openInMemory();
  saveSeen(db, [byNumber]);
  expect(saveSeen(db, [{ ...byNumber, name: 'renamed' }])).toEqual([
    { from: 'AMP/amppd', to: 'AMP/renamed' },
  ]);
  expect(saveSeen(db, [{ ...byNumber, name: 'renamed' }])).toEqual([]);
  expect(storedRepos(db, ['4711'])).toMatchObject([{ repo: { name: 'renamed' }, watchedAs: 'AMP/amppd' }]);
});

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
  unwatchOthers(db, new Set(['4711']), 1001);
  expect(watched()).toBe(2);
  unwatchOthers(db, new Set(), 10_000_000);
  expect(watched()).toBe(0);
});
