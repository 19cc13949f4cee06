import { describe, expect, it } from 'vitest';
import { check, type Severity, type Thresholds, worst } from '../../src/domain/check.ts';
import type { Facts } from '../../src/domain/facts.ts';
import type { MetricName } from '../../src/domain/metric.ts';
import { parseRange, type Range } from '../../src/domain/threshold.ts';
import { expected, factsWith, failingWith, minute, now } from './facts-fixture.ts';

const defaults: Thresholds = { warning: new Map(), critical: new Map() };
const well = factsWith();
const polls = (changes: Partial<Facts['polls']>) => factsWith({ polls: { ...well.polls, ...changes } });
const build = { id: 1, repo: 'amppd', branch: 'main' };
const quota = { resource: 'core' as const, quota: 5000, resetAt: now + minute };

describe('with the default thresholds', () => {
  it.each<[string, Facts, Severity, readonly MetricName[]]>([
    ['all is well', well, 'ok', []],
    [
      'the last good poll was 11 minutes ago',
      polls({ lastGoodAt: now - 11 * minute }),
      'warning',
      ['poll_age'],
    ],
    ['cron has stopped for an hour', polls({ lastGoodAt: now - 60 * minute }), 'critical', ['poll_age']],
    [
      'no poll has ever been good',
      polls({ lastGoodAt: null, failed: 100 }),
      'critical',
      ['poll_age', 'failed_polls'],
    ],
    [
      'the last good poll is dated tomorrow',
      polls({ lastGoodAt: now + 1440 * minute }),
      'critical',
      ['poll_age'],
    ],
    ['the last poll failed', polls({ failed: 1 }), 'warning', ['failed_polls']],
    ['a default branch fails', factsWith({ failing: [failingWith()] }), 'critical', ['failing_default']],
    [
      'another branch fails',
      factsWith({ failing: [failingWith({ branch: 'topic', isDefault: false })] }),
      'warning',
      ['failing_other'],
    ],
    [
      'a build of another branch was given up',
      factsWith({ failing: [failingWith({ isDefault: false }, { state: 'error', attempt: 3 })] }),
      'warning',
      ['failing_other', 'given_up'],
    ],
    [
      'a repository cannot be read though the poll went through',
      factsWith({ broken: [{ repo: 'amppd', since: now - minute, message: '404' }] }),
      'warning',
      ['broken_repos'],
    ],
    [
      'a build waits longer than a build may take',
      factsWith({ queue: { count: 1, oldest: { ...build, since: now - 121 * minute } } }),
      'warning',
      ['queue_age'],
    ],
    [
      'a build runs longer than it may',
      factsWith({ running: { count: 1, longest: { ...build, since: now - 121 * minute } } }),
      'warning',
      ['run_time'],
    ],
    [
      'a build waits and one runs since before the clock was set back',
      factsWith({
        queue: { count: 1, oldest: { ...build, since: now + 60 * minute } },
        running: { count: 1, longest: { ...build, since: now + 60 * minute } },
      }),
      'ok',
      [],
    ],
    [
      'builds wait and run within their time',
      factsWith({
        queue: { count: 9, oldest: { ...build, since: now - 119 * minute } },
        running: { count: 2, longest: { ...build, since: now - 119 * minute } },
      }),
      'ok',
      [],
    ],
    [
      'a tenth of the quota is left',
      factsWith({ quotas: [{ ...quota, remaining: 499 }] }),
      'warning',
      ['quota_core'],
    ],
    ['no quota is left', factsWith({ quotas: [{ ...quota, remaining: 0 }] }), 'critical', ['quota_core']],
    [
      'no quota was left, but it has been renewed since',
      factsWith({ quotas: [{ ...quota, remaining: 0, resetAt: now - 1 }] }),
      'ok',
      [],
    ],
    ['the disk is getting full', factsWith({ freeDiskBytes: 1.9e9 }), 'warning', ['free_disk']],
    ['the disk is too full to build', factsWith({ freeDiskBytes: 0.9e9 }), 'critical', ['free_disk']],
    ['the disk cannot be told', factsWith({ freeDiskBytes: null }), 'ok', []],
    [
      'the token expires in a week',
      factsWith({ tokenExpiresAt: now + 7 * 1440 * minute }),
      'warning',
      ['token_expires_in'],
    ],
    [
      'the token expires tomorrow',
      factsWith({ tokenExpiresAt: now + 1440 * minute }),
      'critical',
      ['token_expires_in'],
    ],
    ['the token has expired', factsWith({ tokenExpiresAt: now - minute }), 'critical', ['token_expires_in']],
  ])('%s', (_, facts, severity, names) => {
    const verdict = check(facts, expected, defaults);
    expect(verdict.severity).toBe(severity);
    expect(verdict.metrics.filter((metric) => metric.severity !== 'ok').map(({ name }) => name)).toEqual(
      names,
    );
  });
});

describe('with thresholds of somebody', () => {
  const failing = factsWith({ failing: [failingWith()] });
  const range = (text: string) => parseRange(text) as Range;

  it('they replace the default of the same level alone', () => {
    const thresholds = { warning: new Map([['failing_default', range('0')]] as const), critical: new Map() };
    expect(check(failing, expected, thresholds).severity).toBe('critical');
  });

  it('~: silences a level', () => {
    const thresholds = { warning: new Map(), critical: new Map([['failing_default', range('~:')]] as const) };
    expect(check(failing, expected, thresholds).severity).toBe('ok');
  });

  it('what never alerts by itself can be made to', () => {
    const thresholds = { warning: new Map([['builds', range('10')]] as const), critical: new Map() };
    expect(check(well, expected, thresholds).severity).toBe('warning');
  });
});

it('the worst of no severities is ok', () => {
  expect(worst([])).toBe('ok');
  expect(worst(['warning', 'critical', 'ok'])).toBe('critical');
});
