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

it('cuts what failed to the width of the terminal', () => {
  expect(table([failed], 90)).toContain('  build_pac…\n');
  expect(
    table([failed], 90)
      .split('\n')
      .map((line) => line.length),
  ).toEqual([90, 90, 0]);
});

it('says so when there is none', () => {
  expect(table([])).toBe('no builds\n');
});
