const unitsMs = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** In one unit, rounded down: `12 s`, `4 min`, `3 h`, `2 d`. */
export function rough(ms: number): string {
  const rest = Math.max(0, ms);
  const [unit, size] = unitsMs.find(([, each]) => rest >= each) ?? ['s', 1000];
  return `${Math.floor(rest / size)} ${unit}`;
}

/** To compare by: `0.4 s`, `16.2 s`, `4 min 05 s`, `1 h 12 min`, `2 d 03 h`. */
export function elapsed(ms: number): string {
  const tenths = Math.round(Math.max(0, ms) / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const index = unitsMs.findIndex(([, size]) => seconds * 1000 >= size);
  const [big, bigMs] = unitsMs[index] ?? unitsMs[2];
  const [small, smallMs] = unitsMs[index + 1] ?? unitsMs[3];
  const parts = Math.floor(((seconds * 1000) % bigMs) / smallMs);
  return `${Math.floor((seconds * 1000) / bigMs)} ${big} ${twoDigits(parts)} ${small}`;
}

/** Local time: `2026-09-01 12:03`. */
export function dateTime(ms: number): string {
  return `${date(ms)} ${time(ms)}`;
}

/** Local time, the date only where it is not today's: `12:03`. */
export function shortTime(ms: number, now: number): string {
  return date(ms) === date(now) ? time(ms) : dateTime(ms);
}

/** ISO 8601 in UTC, as every `--json` writes times. */
export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function date(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())}`;
}

function time(ms: number): string {
  const at = new Date(ms);
  return `${twoDigits(at.getHours())}:${twoDigits(at.getMinutes())}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
