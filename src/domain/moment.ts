import { parseDuration } from './duration.ts';

/** What {@link parseMoment} takes, for messages. */
export const momentForm =
  'how long ago (7d, 12h, 30m) or a date (2026-09-01, 2026-09-01T12:00, 2026-09-01T12:00Z)';

/**
 * Milliseconds since 1970 of a time in the past; null: not understood. Without a zone it is local time.
 * A date alone means its whole day: where it is the `end` of a span, the day belongs to it.
 */
export function parseMoment(text: string, now: number, edge: 'start' | 'end'): number | null {
  const ago = parseDuration(text);
  if (ago !== null) return now - ago;
  if (!hasRealDay(text)) return null;
  const [, day] = /^(\d{4}-\d\d-\d\d)$/.exec(text) ?? [];
  const at = day ? new Date(`${day}T00:00`) : isoTime.test(text) ? new Date(text) : new Date(Number.NaN);
  if (day && edge === 'end') at.setDate(at.getDate() + 1);
  return Number.isNaN(at.getTime()) ? null : at.getTime();
}

/** To JavaScript, February the 30th is a day in March. */
function hasRealDay(text: string): boolean {
  const day = text.slice(0, '2026-09-01'.length);
  const at = new Date(`${day}T00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;
