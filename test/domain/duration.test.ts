import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/domain/duration.ts';

test.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
  ['0s', 0],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '5', '1h30m', '1.5h', '-1s', '10 m', '10M', '2w', '90sec', 's', '9999999999s', '1s\n'])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);

test.each([
  [0, '0s'],
  [90_000, '90s'],
  [7_200_000, '2h'],
  [86_400_000, '1d'],
  [90_000_000, '25h'],
  [1_499, '1s'],
])('%i ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('what is written is read as the same time', () => {
  const seconds = fc.integer({ min: 0, max: 999_999_999 });
  fc.assert(fc.property(seconds, (count) => parseDuration(formatDuration(count * 1000)) === count * 1000));
});
