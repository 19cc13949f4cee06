import { expect, it } from 'vitest';
import type { Build } from '../../src/domain/build.ts';
import { historyTable } from '../../src/output/history.ts';
import { painter } from '../../src/output/paint.ts';
import { buildWith } from '../domain/build-fixture.ts';

const now = new Date(2026, 8, 1, 12, 30).getTime();
const at = (hours: number, minutes: number) => new Date(2026, 8, 1, hours, minutes).getTime();

const build = buildWith({
  state: 'success',
  queuedAt: at(12, 0),
  startedAt: at(12, 1),
  finishedAt: at(12, 5) + 5000,
});

function table(builds: readonly Partial<Build>[], columns = 0): string {
  const view = { builds: builds.map((each) => ({ ...build, ...each })), now, owner: 'AMP' };
  return historyTable(view, { columns, paint: painter(false) });
}

const failed: Partial<Build> = { id: 40, state: 'failure', step: 'build_packages', exitCode: 2 };

it('shows builds as they come, with times both ways and what failed', () => {
  expect(
    table([
      { id: 44, state: 'queued', startedAt: null, finishedAt: null },
      { id: 43, state: 'running', finishedAt: null, reason: 'manual', branch: '日本' },
      { id: 42, state: 'error', attempt: 2, reason: 'retry', message: 'no network', owner: 'other' },
      build,
      { ...failed, queuedAt: new Date(2026, 7, 30, 9).getTime() },
    ]),
  ).toBe(
    [
      'BUILD  STATE      REPO         BRANCH  COMMIT   REASON  QUEUED                      TOOK           WHAT FAILED',
      '44     queued     amppd        main    4f2c1d0  push    12:00 (30 min ago)          -',
      '43     running    amppd        日本    4f2c1d0  manual  12:00 (30 min ago)          29 min so far',
      '42     error (2)  other/amppd  main    4f2c1d0  retry   12:00 (30 min ago)          4 min 05 s     no network',
      '41     success    amppd        main    4f2c1d0  push    12:00 (30 min ago)          4 min 05 s',
      '40     failure    amppd        main    4f2c1d0  push    2026-08-30 09:00 (2 d ago)  4 min 05 s     build_packages, exit 2',
      '',
    ].join('\n'),
  );
});

it.each([
  [120, 'BUILD  STATE    REPO   BRANCH  COMMIT   REASON  QUEUED              TOOK        WHAT FAILED'],
  [90, 'BUILD  STATE    REPO   BRANCH  COMMIT   QUEUED              TOOK        WHAT FAILED'],
  [80, 'BUILD  STATE    REPO   BRANCH  COMMIT   AGE         TOOK        WHAT FAILED'],
])('shows what failed in a terminal of %i columns', (columns, head) => {
  expect(table([failed], columns).split('\n')[0]).toBe(head);
  expect(table([failed], columns)).toMatch(/ {2}build_packages, ?[exit 2…]*\n/);
});

it.each([80, 64, 40, 20])('cuts its lines to %i columns', (columns) => {
  const long = {
    ...failed,
    repo: 'a-very-long-name-of-a-repository',
    branch: 'topic/as-long-as-that-and-longer',
  };
  const widths = table([long], columns)
    .split('\n')
    .map((line) => line.length);
  expect(Math.max(...widths)).toBeGreaterThan(columns - 5);
  expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
});

it('says so when there is none', () => {
  expect(table([])).toBe('no builds\n');
});
