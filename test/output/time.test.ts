import { expect, it } from 'vitest';
import { dateTime, elapsed, iso, rough, shortTime } from '../../src/output/time.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

it.each([
  [-5, '0 s'],
  [0, '0 s'],
  [999, '0 s'],
  [59_999, '59 s'],
  [minute, '1 min'],
  [hour - 1, '59 min'],
  [hour, '1 h'],
  [day - 1, '23 h'],
  [400 * day, '400 d'],
])('%i ms are roughly %s', (ms, text) => {
  expect(rough(ms)).toBe(text);
});

it.each([
  [0, '0.0 s'],
  [16_249, '16.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 00 s'],
  [4 * minute + 5 * second, '4 min 05 s'],
  [hour - 1, '1 h 00 min'],
  [hour + 12 * minute + 59 * second, '1 h 12 min'],
  [2 * day + 3 * hour, '2 d 03 h'],
])('%i ms are %s', (ms, text) => {
  expect(elapsed(ms)).toBe(text);
});

it('tells local times, with the date where it is not today', () => {
  const at = new Date(2026, 8, 1, 9, 5).getTime();
  expect(dateTime(at)).toBe('2026-09-01 09:05');
  expect(shortTime(at, new Date(2026, 8, 1, 23, 59).getTime())).toBe('09:05');
  expect(shortTime(at, new Date(2026, 8, 2, 0, 1).getTime())).toBe('2026-09-01 09:05');
});

it('writes ISO 8601 in UTC', () => {
  expect(iso(Date.UTC(2026, 8, 1, 12, 3))).toBe('2026-09-01T12:03:00.000Z');
  expect(iso(null)).toBeNull();
});
