/** A range after the Monitoring Plugins guidelines: `10`, `10:`, `~:10`, `10:20`, `@10:20`. */
export interface Range {
  readonly start: number;
  readonly end: number;
  /** `@`: alert inside the range instead of outside. */
  readonly inside: boolean;
  /** As written, for perfdata. */
  readonly text: string;
}

export const rangeForms =
  '10 (alert outside 0..10), 10: (below 10), ~:10 (above 10), 10:20 (outside), @10:20 (inside)';

const number = String.raw`-?\d+(?:\.\d+)?`;
const rangePattern = new RegExp(`^(@?)(?:(~|${number})?(:))?(${number})?$`);

/**
 * null: not a range.
 * https://www.monitoring-plugins.org/doc/guidelines.html#THRESHOLDFORMAT
 */
export function parseRange(text: string): Range | null {
  const [, at, start, colon, end] = rangePattern.exec(text) ?? [];
  if (start === undefined && end === undefined) return null;
  const range = {
    start: start === undefined ? 0 : start === '~' ? Number.NEGATIVE_INFINITY : Number(start),
    end: end === undefined && colon ? Number.POSITIVE_INFINITY : Number(end),
    inside: at === '@',
    text,
  };
  return range.start <= range.end ? range : null;
}

/** Whether the value alerts; both ends belong to the range. */
export function alerts(range: Range, value: number): boolean {
  const within = range.start <= value && value <= range.end;
  return within === range.inside;
}
