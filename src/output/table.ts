import type { Colour, Paint } from './paint.ts';
import { truncate, width } from './width.ts';

export interface Cell {
  /** Harmless: one line, no escape sequences. */
  readonly text: string;
  readonly colour?: Colour;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const gap = '  ';
/** Names are cut to this share of the line, so that the columns right of them stay in sight. */
const widestShare = 0.25;

/**
 * Lines that never wrap: on a terminal of `columns` the last column is cut first, then the whole line.
 * 0 columns: nothing is cut.
 */
export function renderTable({ head, rows }: Table, columns: number, paint: Paint): string {
  const limit = columns === 0 ? Number.POSITIVE_INFINITY : columns;
  const widths = columnWidths([head.map((text) => ({ text })), ...rows], limit);
  const line = (cells: readonly Cell[]) => renderLine(cells, { widths, limit, paint });
  const title = head.map((text): Cell => ({ text, colour: 'bold' }));
  return [title, ...rows].map((cells) => `${line(cells)}\n`).join('');
}

function columnWidths(rows: readonly (readonly Cell[])[], limit: number): number[] {
  const cap = Math.max(8, Math.floor(limit * widestShare));
  return (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, cells) => Math.min(cap, Math.max(widest, width(cells[column]?.text ?? ''))), 0),
  );
}

/** Whether what matters of the last column can be seen on a terminal of `columns`. */
export function showsLast({ head, rows }: Table, columns: number): boolean {
  if (columns === 0) return true;
  const widths = columnWidths([head.map((text) => ({ text })), ...rows], columns);
  const last = widths.at(-1) ?? 0;
  const others = widths.slice(0, -1).reduce((sum, each) => sum + each + gap.length, 0);
  return columns - others >= Math.min(last, enoughToSee);
}

const enoughToSee = 16;

interface Layout {
  readonly widths: readonly number[];
  readonly limit: number;
  readonly paint: Paint;
}

function renderLine(cells: readonly Cell[], { widths, limit, paint }: Layout): string {
  let left = limit;
  const parts = cells.map(({ text, colour }, column) => {
    const isLast = column === cells.length - 1;
    const cut = truncate(text, Math.min(left, isLast ? left : (widths[column] ?? 0)));
    const fill = isLast ? '' : ' '.repeat(Math.max(0, Math.min(left, widths[column] ?? 0) - width(cut)));
    left = Math.max(0, left - width(cut) - fill.length - gap.length);
    return (colour && cut ? paint(cut, colour) : cut) + fill;
  });
  return parts.join(gap).trimEnd();
}
