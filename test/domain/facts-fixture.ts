import type { Facts, FailingBranch } from '../../src/domain/facts.ts';

export const now = Date.UTC(2026, 8, 1, 12);
export const minute = 60_000;

/** All is well: polled ten seconds ago, nothing fails, waits or runs. */
export function factsWith(changes: Partial<Facts> = {}): Facts {
  return {
    now,
    polls: {
      count: 100,
      firstAt: now - 100 * minute,
      lastGoodAt: now - 10_000,
      last: { finishedAt: now - 10_000, outcome: 'unchanged', message: null },
      failed: 0,
    },
    failing: [],
    queue: { count: 0, oldest: null },
    running: { count: 0, longest: null },
    quotas: [],
    broken: [],
    tokenExpiresAt: null,
    freeDiskBytes: 50e9,
    builds: 41,
    ...changes,
  };
}

export function failingWith(
  changes: Partial<FailingBranch> = {},
  build: Partial<FailingBranch['build']> = {},
): FailingBranch {
  return {
    repo: 'amppd',
    branch: 'main',
    isDefault: true,
    since: now - 120 * minute,
    ...changes,
    build: {
      id: 38,
      state: 'failure',
      attempt: 1,
      finishedAt: now - 30 * minute,
      step: 'build_packages',
      exitCode: 2,
      message: null,
      author: 'Jane Doe',
      subject: 'Mend the frobnicator',
      ...build,
    },
  };
}

export const expected = { timeoutMs: 120 * minute, minFreeDiskBytes: 1e9 };
