import type { Paint } from './paint.ts';
import { elapsed } from './time.ts';
import { truncate, width } from './width.ts';

/** A build as a person watches it. Times in ms. */
export interface BuildView {
  /** What is built: `amppd main at 4f2c1d0`. */
  readonly title: string;
  readonly steps: readonly StepView[];
  readonly elapsedMs: number;
  /** What the last successes took; null: there were none. */
  readonly expectedMs: number | null;
  /** The end of its output, harmless, oldest first. */
  readonly tail: readonly string[];
}

export interface StepView {
  readonly script: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly elapsedMs: number | null;
  readonly expectedMs: number | null;
}

export interface PanelStyle {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
  /** Counts up with every drawing; turns the spinner. */
  readonly frame: number;
}

const spinner = ['|', '/', '-', '\\'];
const signs = { waiting: ' ', done: '+', failed: 'x' } as const;
const colours = { waiting: 'dim', running: 'cyan', done: 'green', failed: 'red' } as const;

/** Lines that fit: the title with a bar over the whole, a line a step, and as much of the output as there is room for. */
export function buildPanel(view: BuildView, style: PanelStyle): string[] {
  const steps = view.steps.map((step) => stepLine(step, style));
  const room = Math.max(0, style.rows - steps.length - 3);
  const tail = view.tail.slice(view.tail.length - Math.min(room, view.tail.length));
  return [
    titleLine(view, style),
    ...steps,
    ...tail.map((line) => style.paint(fitted(`  ${line}`, style), 'dim')),
  ];
}

function titleLine({ title, elapsedMs, expectedMs }: BuildView, style: PanelStyle): string {
  const times =
    expectedMs === null ? elapsed(elapsedMs) : `${elapsed(elapsedMs)} of about ${elapsed(expectedMs)}`;
  const bar = expectedMs === null ? '' : `${progressBar(elapsedMs / expectedMs)} `;
  return style.paint(fitted(`${title}  ${bar}${times}`, style), 'bold');
}

const barCells = 20;

/** Full only when it has ended: what takes longer than expected stays a little short of it. */
function progressBar(share: number): string {
  const filled = Math.min(barCells - 1, Math.floor(share * barCells));
  return `[${'#'.repeat(filled)}${'.'.repeat(barCells - filled)}]`;
}

function stepLine({ script, state, elapsedMs, expectedMs }: StepView, style: PanelStyle): string {
  const sign = state === 'running' ? spinner[style.frame % spinner.length] : signs[state];
  const took = elapsedMs === null ? '' : `  ${elapsed(elapsedMs)}`;
  const expected =
    expectedMs === null || state === 'done' || state === 'failed' ? '' : `  (about ${elapsed(expectedMs)})`;
  const word = state === 'failed' ? '  failed' : '';
  return style.paint(fitted(`${sign} ${script}${took}${expected}${word}`, style), colours[state]);
}

/** The last column stays free: some terminals wrap when it is written to. */
function fitted(text: string, { columns }: PanelStyle): string {
  return truncate(text, columns - 1);
}

/** What clears a panel drawn before, though the terminal is narrower now and may have wrapped its lines. */
export function eraseLines(widths: readonly number[], columns: number): string {
  const rows = widths.reduce((sum, each) => sum + Math.max(1, Math.ceil(each / Math.max(1, columns))), 0);
  return rows === 0 ? '' : `\u001b[${rows}A\r\u001b[J`;
}

/** Cells of a painted line. */
export function paintedWidth(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of `paint`.
  return width(line.replace(/\u001b\[\d+m/g, ''));
}
