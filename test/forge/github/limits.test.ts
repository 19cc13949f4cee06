import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Headers, limitsOf, refusingLimit, standingLimit } from '../../../src/forge/github/limits.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const inSeconds = (seconds: number) => String(now / 1000 + seconds);

/** For how many ms nothing may be asked after a refusal. */
function pauseAfter(headers: Headers, { status = 403, message = 'API rate limit exceeded' } = {}) {
  const limits = limitsOf({ status, headers, message, now });
  const limit = standingLimit(limits, now);
  return limit && limit.resetAt - now;
}

const usedUp = { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0' };

describe('a refusal', () => {
  test('names when the quota begins anew', () => {
    expect(pauseAfter({ ...usedUp, 'x-ratelimit-reset': inSeconds(600) })).toBe(600_000);
  });

  test.each([
    ['not', {}],
    ['by a time that is over', { 'x-ratelimit-reset': inSeconds(-5) }],
    ['by now', { 'x-ratelimit-reset': inSeconds(0) }],
    ['by no number', { 'x-ratelimit-reset': 'soon' }],
  ])('that does so %s is one for a minute', (_, reset) => {
    for (const status of [403, 429]) expect(pauseAfter({ ...usedUp, ...reset }, { status })).toBe(60_000);
  });

  test.each([
    ['30', 30_000],
    ['0', 1000],
    ['-3600', 1000],
    ['1e9', 65 * 60_000],
    ['Thu, 26 Nov 2026 12:02:00 GMT', 120_000],
    ['Thu, 26 Nov 2020 12:02:00 GMT', 1000],
    ['later', 60_000],
  ])('says itself for how long: retry-after %s', (value, ms) => {
    expect(pauseAfter({ 'retry-after': value })).toBe(ms);
  });

  test('of a right is none for want of a quota', () => {
    const headers = { ...usedUp, 'x-ratelimit-remaining': '4000', 'x-ratelimit-reset': inSeconds(600) };
    expect(pauseAfter(headers, { message: 'Resource not accessible' })).toBeNull();
  });

  test('by a limit always stands when it is over, whatever the headers say', () => {
    const text = fc.oneof(fc.integer().map(String), fc.string(), fc.constant('0'));
    const headers = fc.record(
      {
        'retry-after': text,
        'x-ratelimit-limit': text,
        'x-ratelimit-remaining': text,
        'x-ratelimit-reset': fc.oneof(text, fc.integer({ min: -9999, max: 9999 }).map(inSeconds)),
        date: fc.oneof(text, fc.constant('Thu, 26 Nov 2026 12:00:00 GMT')),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(headers, (given) => {
        const answered = { status: 429, headers: given, message: '', now };
        const limits = limitsOf(answered);
        expect(refusingLimit(answered, limits)).not.toBeNull();
        const standing = standingLimit(limits, now);
        expect(standing?.resetAt).toBeGreaterThan(now);
        expect(standing?.resetAt).toBeLessThanOrEqual(now + 65 * 60_000);
      }),
    );
  });
});
