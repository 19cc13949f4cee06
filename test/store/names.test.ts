import { describe, expect, it } from 'vitest';
import type { RemoteRepo } from '../../src/domain/head.ts';
import { type Db, openInMemory } from '../../src/store/database.ts';
import { saveNames } from '../../src/store/names.ts';
import { saveRemoteRepo, saveSeen } from '../../src/store/repos.ts';
import { storedRepos } from '../../src/store/situation.ts';
import { configWith } from '../domain/config-fixture.ts';

const byUrl = {
  forgeId: 'https://github.com/AMP/amppd',
  owner: 'AMP',
  name: 'amppd',
  defaultBranch: 'main',
  archived: false,
  pushedAt: null,
};
const byNumber = { ...byUrl, forgeId: '4711', pushedAt: '2026-11-26T12:00:00Z' };

function see(db: Db, ...seen: readonly RemoteRepo[]) {
  return saveNames(db, configWith(), { seen, redirects: [], troubles: [], now: 1 });
}

describe('a repository that another forge calls by another id', () => {
  it('keeps its row when the site gains a token, and when it loses it', () => {
    const db = openInMemory();
    const id = saveRemoteRepo(db, byUrl);
    see(db, byNumber);
    expect(saveRemoteRepo(db, byNumber)).toBe(id);
    see(db, byUrl);
    expect(saveRemoteRepo(db, byUrl)).toBe(id);
  });

  it('is another one where only the name is the same: a repository made anew under it', () => {
    const db = openInMemory();
    const id = saveRemoteRepo(db, byNumber);
    see(db, { ...byNumber, forgeId: '4712' });
    expect(saveRemoteRepo(db, { ...byNumber, forgeId: '4712' })).not.toBe(id);
  });
});

it('is followed through a rename, which is said once', () => {
  const db = openInMemory();
  saveSeen(db, [byNumber]);
  expect(see(db, { ...byNumber, name: 'renamed' })).toEqual({
    renames: [
      { repoId: 1, from: 'AMP/amppd', to: { owner: 'AMP', name: 'renamed' }, watchedAs: 'AMP/amppd' },
    ],
    successions: [],
  });
  expect(see(db, { ...byNumber, name: 'renamed' })).toEqual({ renames: [], successions: [] });
  expect(storedRepos(db, ['4711'])).toMatchObject([{ repo: { name: 'renamed' }, watchedAs: 'AMP/amppd' }]);
});
