import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Build, isFailed, reasons } from '../../src/domain/build.ts';
import { databaseFile } from '../../src/store/database.ts';
import { anyBuild, type BuildFilter, readHistory } from '../../src/store/history.ts';
import { searchesOnly } from './explain.ts';
import { fill, temporaryDatadir } from './fixture.ts';
import { addBuild, minute, noon } from './rows.ts';

const now = noon;
let datadir: ReturnType<typeof temporaryDatadir>;
let all: Build[];

beforeAll(() => {
  datadir = temporaryDatadir();
  fill(datadir.db, { builds: 3000, repos: 5, branches: 6, now });
  // Clocks are set back, and builds wait or are cancelled before they began.
  for (const id of [500, 1500, 1510])
    datadir.db.prepare('UPDATE builds SET queued_at = queued_at + 3600000 WHERE id = ?').run(id);
  addBuild(datadir.db, { repo_id: 1, state: 'cancelled', queued_at: now, started_at: null });
  addBuild(datadir.db, { repo_id: 1, state: 'queued', queued_at: now });
  all = readHistory(datadir.db, anyBuild, 10_000);
});
afterAll(() => datadir[Symbol.dispose]());

/** What the filter means, said the slow way. */
function fits(filter: BuildFilter) {
  return (build: Build) =>
    (filter.repoId === null || build.repoId === filter.repoId) &&
    (filter.branch === null || build.branch === filter.branch) &&
    (!filter.failed || isFailed(build.state)) &&
    (!filter.started || build.startedAt !== null) &&
    (filter.reason === null || build.reason === filter.reason) &&
    (filter.sha === null || build.sha.startsWith(filter.sha)) &&
    (filter.since === null || build.queuedAt >= filter.since) &&
    (filter.until === null || build.queuedAt < filter.until);
}

const moment = fc.integer({ min: -100, max: 3100 }).map((minutes) => now - minutes * minute);

const anyFilter: fc.Arbitrary<BuildFilter> = fc
  .record({
    repoId: fc.option(fc.integer({ min: 1, max: 6 })),
    branch: fc.option(fc.constantFrom('main', 'topic/1', 'topic/5', 'nowhere')),
    failed: fc.boolean(),
    started: fc.boolean(),
    reason: fc.option(fc.constantFrom(...reasons)),
    sha: fc.option(
      fc.oneof(
        fc.constant('0'),
        fc.integer({ min: 0, max: 3001 }).map((index) => all[index]?.sha.slice(0, 6) ?? 'ffff'),
      ),
      { freq: 1 },
    ),
    since: fc.option(moment),
    until: fc.option(moment),
  })
  .map((filter) => (filter.repoId === null ? { ...filter, branch: null } : filter));

it('all builds come newest first', () => {
  expect(all).toHaveLength(3002);
  expect(all.map(({ id }) => id)).toEqual(all.map((_, index) => 3002 - index));
});

it('every filter finds what it means, newest first, and no more than asked for', () => {
  fc.assert(
    fc.property(anyFilter, fc.integer({ min: 1, max: 50 }), (filter, count) => {
      const found = readHistory(datadir.db, filter, count);
      expect(found.map(({ id }) => id)).toEqual(
        all
          .filter(fits(filter))
          .slice(0, count)
          .map(({ id }) => id),
      );
    }),
    { numRuns: 500 },
  );
});

it('a span of time has what was queued in it, though the clock was set back', () => {
  // Build 500 says the time of build 560.
  const at = (id: number) => now - (3000 - id) * minute;
  const found = readHistory(datadir.db, { ...anyBuild, since: at(530), until: at(565) }, 100);
  expect(found.map(({ id }) => id)).toContain(500);
});

type Case = [name: string, index: string, filter: Partial<BuildFilter>];

describe('every filter reads along its index, newest first, without sorting', () => {
  const known = { repoId: 1, branch: 'main' };
  const span = { since: now - 90 * minute, until: now - 60 * minute };
  const reasonIndex = {
    manual: 'builds_reason',
    push: 'builds_repo',
    bootstrap: 'builds_repo',
    retry: 'builds_reason',
  };
  it.each<Case>([
    ['none', 'INTEGER PRIMARY KEY', {}],
    ['started', 'INTEGER PRIMARY KEY', { started: true }],
    ['repo', 'builds_repo', { repoId: 1 }],
    ['branch', 'builds_branch', known],
    ['failed', 'builds_failed', { failed: true }],
    ['failed of a repo', 'builds_repo_failed', { failed: true, repoId: 1 }],
    ['failed of a branch', 'builds_repo_failed', { failed: true, ...known }],
    ...reasons.map((reason): Case => [`reason ${reason}`, 'builds_reason', { reason }]),
    ...reasons.map(
      (reason): Case => [`reason ${reason} of a repo`, reasonIndex[reason], { reason, repoId: 1 }],
    ),
    ['since', 'INTEGER PRIMARY KEY', { since: span.since }],
    ['until', 'INTEGER PRIMARY KEY', { until: span.until }],
    ['since and until of a branch', 'builds_branch', { ...span, ...known }],
    ['a SHA, whose few builds are sorted', 'builds_sha', { sha: 'a'.repeat(40) }],
  ])('%s: %s', (_, index, filter) => {
    const statements: string[] = [];
    const verbose = (sql: unknown) => void statements.push(String(sql));
    const watched = new Database(databaseFile(datadir.datadir), { readonly: true, verbose });
    readHistory(watched, { ...anyBuild, ...filter }, 20);
    watched.close();
    const query = statements.at(-1) ?? '';
    const plan = searchesOnly(datadir.db, query, filter.sha ? ['USE TEMP B-TREE FOR ORDER BY'] : []);
    expect(plan[0]).toMatch(new RegExp(`^SEARCH b USING (INDEX )?${index} `));
    // Those before it ask for bounds in time, of 200 neighbours.
    for (const sql of statements.slice(0, -1)) searchesOnly(datadir.db, sql, ['SCAN (subquery']);
  });
});
