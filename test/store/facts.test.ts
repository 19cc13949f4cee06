import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Facts } from '../../src/domain/facts.ts';
import { type Db, databaseFile } from '../../src/store/database.ts';
import { readFacts } from '../../src/store/facts.ts';
import { searchesOnly } from './explain.ts';
import { fill, temporaryDatadir } from './fixture.ts';
import { addBuild, addBuiltHead, addHead, addPoll, addRepo, minute, noon } from './rows.ts';

let datadir: ReturnType<typeof temporaryDatadir>;
let db: Db;
beforeEach(() => {
  datadir = temporaryDatadir();
  db = datadir.db;
});
afterEach(() => datadir[Symbol.dispose]());

const now = noon + 30 * minute;

function facts(): Omit<Facts, 'freeDiskBytes'> {
  const found = readFacts(db, { now, owner: 'AMP' });
  if (!found) throw new Error('nothing was polled');
  return found;
}

describe('polls', () => {
  it('none: no facts', () => {
    expect(readFacts(db, { now, owner: 'AMP' })).toBeNull();
  });

  it('the last good one is the last that is neither failed nor limited', () => {
    addPoll(db, { outcome: 'observed', finished_at: noon });
    addPoll(db, { outcome: 'failed', finished_at: noon + minute, message: 'no route' });
    addPoll(db, { outcome: 'failed', finished_at: noon + 2 * minute, message: 'still no route' });
    expect(facts().polls).toEqual({
      count: 3,
      firstAt: noon,
      lastGoodAt: noon,
      last: { finishedAt: noon + 2 * minute, outcome: 'failed', message: 'still no route' },
      failed: 2,
    });
  });

  it('of which none was good are counted from the first', () => {
    addPoll(db, { outcome: 'failed' });
    addPoll(db, { outcome: 'failed' });
    expect(facts().polls).toMatchObject({ lastGoodAt: null, failed: 2 });
  });

  it('a poll dated in the future does not outlive the next good one', () => {
    addPoll(db, { finished_at: noon + 10_000 * minute });
    addPoll(db, { finished_at: noon + minute });
    expect(facts().polls.lastGoodAt).toBe(noon + minute);
  });

  it('a limit that is obeyed is no failure', () => {
    addPoll(db, { outcome: 'limited', message: 'until 13:00' });
    expect(facts().polls.failed).toBe(0);
  });
});

describe('failing branches', () => {
  beforeEach(() => addPoll(db));

  it('are told with their latest failed build and since when', () => {
    const repo_id = addRepo(db, 'amppd');
    const success = addBuild(db, { repo_id, queued_at: noon });
    addBuild(db, { repo_id, state: 'timeout', queued_at: noon + minute });
    const latest = addBuild(db, {
      repo_id,
      state: 'failure',
      queued_at: noon + 2 * minute,
      step: 'build_packages',
      exit_code: 2,
      author: 'Jane Doe',
      subject: 'Mend it',
    });
    const running = addBuild(db, { repo_id, state: 'running', queued_at: noon + 3 * minute });
    addHead(db, repo_id, { latest_build: running, latest_success: success, failing: 1 });
    expect(facts().failing).toEqual([
      {
        repo: 'amppd',
        branch: 'main',
        isDefault: true,
        since: noon + minute + 11_000,
        build: {
          id: latest,
          state: 'failure',
          attempt: 1,
          finishedAt: noon + 2 * minute + 11_000,
          step: 'build_packages',
          exitCode: 2,
          message: null,
          author: 'Jane Doe',
          subject: 'Mend it',
        },
      },
    ]);
  });

  it('default branches come first, then the newest failures', () => {
    const one = addRepo(db, 'one');
    const other = addRepo(db, 'two', { owner: 'other' });
    addBuiltHead(db, { repo_id: one, branch: 'main', state: 'failure' });
    addBuiltHead(db, { repo_id: one, branch: 'old', state: 'error' });
    addBuiltHead(db, { repo_id: other, branch: 'new', state: 'interrupted' });
    addBuiltHead(db, { repo_id: other, branch: 'fine', state: 'success' });
    expect(facts().failing.map(({ repo, branch }) => `${repo} ${branch}`)).toEqual([
      'one main',
      'other/two new',
      'one old',
    ]);
  });

  it('that were deleted, or whose repository is archived or no longer watched, count no more', () => {
    const repo_id = addRepo(db, 'one');
    const latest_build = addBuild(db, { repo_id, branch: 'gone', state: 'failure' });
    addHead(db, repo_id, { branch: 'gone', latest_build, failing: 1, gone_at: noon });
    addBuiltHead(db, { repo_id: addRepo(db, 'two', { archived: 1 }), state: 'failure' });
    addBuiltHead(db, { repo_id: addRepo(db, 'three', { watched: 0 }), state: 'failure' });
    expect(facts().failing).toEqual([]);
  });
});

describe('queue and workers', () => {
  beforeEach(() => addPoll(db));

  it('idle', () => {
    expect(facts()).toMatchObject({
      queue: { count: 0, oldest: null },
      running: { count: 0, longest: null },
    });
  });

  it('the oldest waits since it may start: a retry in its back-off is not late', () => {
    const repo_id = addRepo(db, 'one');
    addBuild(db, { repo_id, branch: 'a', state: 'queued', reason: 'retry', not_before: now + minute });
    const ready = addBuild(db, { repo_id, branch: 'b', state: 'queued', not_before: noon + 5 * minute });
    addBuild(db, { repo_id, branch: 'c', state: 'queued', queued_at: noon + 9 * minute });
    expect(facts().queue).toEqual({
      count: 3,
      oldest: { id: ready, repo: 'one', branch: 'b', since: noon + 5 * minute },
    });
  });

  it('the longest of those that run', () => {
    const repo_id = addRepo(db, 'one');
    addBuild(db, { repo_id, branch: 'a', state: 'running', queued_at: noon + minute });
    const id = addBuild(db, { repo_id, branch: 'b', state: 'running', queued_at: noon });
    expect(facts().running).toEqual({
      count: 2,
      longest: { id, repo: 'one', branch: 'b', since: noon + 1000 },
    });
  });
});

it('broken repositories, but for archived and empty ones, of which nothing is expected', () => {
  addPoll(db);
  addRepo(db, 'one', { broken_since: noon, trouble: 'AMP/one is missing', trouble_kind: 'missing' });
  addRepo(db, 'two', { broken_since: noon, trouble: 'AMP/two is archived', trouble_kind: 'archived' });
  addRepo(db, 'three', { broken_since: noon, trouble: 'AMP/three is empty', trouble_kind: 'empty' });
  expect(facts().broken).toEqual([{ repo: 'one', since: noon, message: 'AMP/one is missing' }]);
});

it('quotas that have a number, the end of the token, builds so far', () => {
  addPoll(db);
  addBuild(db, { repo_id: addRepo(db, 'one') });
  db.exec(`INSERT INTO limits VALUES ('core', 5000, 4990, 1), ('secondary', NULL, NULL, 2), ('graphql', 5000, 1, 3);
    INSERT INTO meta VALUES ('token_expires_at', '${now}')`);
  expect(facts()).toMatchObject({
    quotas: [
      { resource: 'core', quota: 5000, remaining: 4990, resetAt: 1 },
      { resource: 'graphql', quota: 5000, remaining: 1, resetAt: 3 },
    ],
    tokenExpiresAt: now,
    builds: 1,
  });
});

// `polls` are scanned from an end with LIMIT 1; heads_failing holds the failing heads alone.
it('no fact needs a look through all builds, polls or heads', () => {
  fill(db, { builds: 500, now });
  const statements: string[] = [];
  const watched = new Database(databaseFile(datadir.datadir), {
    readonly: true,
    verbose: (sql) => statements.push(String(sql)),
  });
  readFacts(watched, { now, owner: 'AMP' });
  watched.close();
  const queries = statements.filter((sql) => sql.trim().startsWith('SELECT'));
  expect(queries.length).toBeGreaterThan(8);
  for (const query of queries)
    searchesOnly(db, query, [
      'SCAN limits',
      'SCAN sqlite_sequence',
      'SCAN polls',
      'SCAN h USING INDEX heads_failing',
    ]);
});
