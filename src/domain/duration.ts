const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What {@link parseDuration} takes, for messages. */
export const durationForm = 'a duration such as 90s, 10m, 2h or 30d';

/** Milliseconds of `90s`, `10m`, `2h` or `30d`; null for anything else (a unit is required: `5` of what?). */
export function parseDuration(text: string): number | null {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  return count && isUnit(unit) ? Number(count) * unitsMs[unit] : null;
}

/** The shortest text that {@link parseDuration} reads as the same time; part seconds are rounded. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000) * 1000;
  const unit = (['d', 'h', 'm'] as const).find((each) => seconds > 0 && seconds % unitsMs[each] === 0) ?? 's';
  return `${seconds / unitsMs[unit]}${unit}`;
}

function isUnit(text: string | undefined): text is keyof typeof unitsMs {
  return text !== undefined && Object.hasOwn(unitsMs, text);
}
