import { expect, it } from 'vitest';
import { parseMoment } from '../../src/domain/moment.ts';

const now = Date.UTC(2026, 8, 8, 12);
const local = (day: number, hours = 0, minutes = 0) => new Date(2026, 8, day, hours, minutes).getTime();

it.each([
  ['7d', now - 7 * 86_400_000, now - 7 * 86_400_000],
  ['30m', now - 1_800_000, now - 1_800_000],
  ['2026-09-01', local(1), local(2)],
  ['2026-09-01T12:30', local(1, 12, 30), local(1, 12, 30)],
  ['2026-09-01T12:30:15Z', Date.UTC(2026, 8, 1, 12, 30, 15), Date.UTC(2026, 8, 1, 12, 30, 15)],
  ['2026-09-01T12:30+02:00', Date.UTC(2026, 8, 1, 10, 30), Date.UTC(2026, 8, 1, 10, 30)],
  ['yesterday', null, null],
  ['7', null, null],
  ['2026-13-01', null, null],
  ['2026-02-30', null, null],
  ['2026-02-29T12:00Z', null, null],
  ['2026-09-01 12:30', null, null],
  ['', null, null],
])('%s is a moment, as the start of a span and as its end', (text, start, end) => {
  expect(parseMoment(text, now, 'start')).toBe(start);
  expect(parseMoment(text, now, 'end')).toBe(end);
});
