/** One figure of the table. */
export interface Row {
  readonly name: string;
  /** null: it could not be measured here; `note` says why. */
  readonly value: number | null;
  readonly unit: Unit;
  /** The most that it may be; absent: for information. */
  readonly atMost?: number;
  readonly note?: string;
}

/** `x` is a ratio within the run, `+x` a difference of two of them. */
export type Unit =
  | 'x'
  | '+x'
  | 'ms'
  | 's'
  | 'kB'
  | 'bytes'
  | 'MB'
  | 'requests'
  | 'points'
  | 'builds/s'
  | 'files'
  | 'modules'
  | '%';

/** Rows as they become known. */
export type Rows = AsyncGenerator<Row, void>;

export function isMet({ value, atMost }: Row): boolean {
  return value === null || atMost === undefined || value <= atMost;
}

export function skipped(name: string, note: string): Row {
  return { name, value: null, unit: 'x', note };
}

/** A table in Markdown, which reads well on a terminal too. */
export function table(rows: readonly Row[]): string {
  const cells = [['what', 'measured', 'at most', ''], ...rows.map(cellsOf)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(Math.max(width - 1, 1))}:`)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function cellsOf(row: Row): readonly string[] {
  const { name, value, unit, atMost, note } = row;
  const target = atMost === undefined ? '' : written(atMost, unit);
  if (value === null) return [name, note ?? '', target, 'skipped'];
  return [name, written(value, unit), target, atMost === undefined ? '' : isMet(row) ? 'met' : 'MISSED'];
}

export function written(value: number, unit: Unit): string {
  const isCount = !unit.endsWith('x') && Number.isInteger(value);
  const number = isCount || Math.abs(value) >= 1000 ? Math.round(value) : digits(value);
  if (unit === 'x') return `${number} x`;
  if (unit === '+x') return `${value < 0 ? '' : '+'}${number} x`;
  return `${number} ${unit}`;
}

function digits(value: number): string {
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
