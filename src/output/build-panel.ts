import type { Paint } from './paint.ts';
import { elapsed } from './time.ts';
import { truncate, width } from './width.ts';

/** A build as a person watches it. Times in ms. */
export interface BuildView {
  /** What is built: `amppd main at 4f2c1d0`. */
  readonly title: string;
  readonly state: 'running' | 'succeeded' | 'ended';
  readonly steps: readonly StepView[];
  readonly elapsedMs: number;
  /** What the last successes took; null: there were none. */
  readonly expectedMs: number | null;
  /** The end of its output, harmless, oldest first. */
  readonly tail: readonly string[];
  /** What the user has to know now; null: nothing. */
  readonly notice: string | null;
}

export interface StepView {
  readonly script: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** How it failed: `exit 3`, `cancelled`. */
  readonly failure: string | null;
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
/** The title, a notice and the line that the cursor stands on. */
const otherLines = 3;

/** Lines that fit: the title with a bar over the whole, a line a step, and as much of the output as there is room for. */
export function buildPanel(view: BuildView, style: PanelStyle): string[] {
  const steps = stepsInSight(view.steps, style.rows - otherLines);
  const room = Math.max(0, style.rows - steps.length - otherLines);
  const tail = view.tail.slice(view.tail.length - Math.min(room, view.tail.length));
  return [
    titleLine(view, style),
    ...steps.map((step) => stepLine(step, style)),
    ...tail.map((line) => style.paint(fitted(`  ${line}`, style), 'dim')),
    ...(view.notice === null ? [] : [style.paint(fitted(view.notice, style), 'yellow')]),
  ];
}

/** A panel that is higher than the screen could not be drawn over: the steps around the current one are enough. */
function stepsInSight(steps: readonly StepView[], room: number): readonly StepView[] {
  const count = Math.max(1, room);
  const current = steps.findIndex(({ state }) => state !== 'done');
  const first = (current < 0 ? steps.length : current) - Math.floor(count / 2);
  const start = Math.max(0, Math.min(first, steps.length - count));
  return steps.slice(start, start + count);
}

/** The times stay in sight: a narrow terminal loses the bar first, then the end of the title. */
function titleLine(view: BuildView, style: PanelStyle): string {
  const room = style.columns - 1;
  const times = timesOf(view);
  const bar = view.state === 'ended' ? '' : `${progressBar(shareOf(view))} `;
  const whole = `${view.title}  ${bar}${times}`;
  const narrow = `${truncate(view.title, Math.max(0, room - width(times) - 2))}  ${times}`;
  return style.paint(fitted(width(whole) <= room ? whole : narrow, style), 'bold');
}

function timesOf({ state, elapsedMs, expectedMs }: BuildView): string {
  const isForeseen = state === 'running' && expectedMs !== null;
  return isForeseen ? `${elapsed(elapsedMs)} of about ${elapsed(expectedMs)}` : elapsed(elapsedMs);
}

/** By time where it is known how long the whole takes, else by steps. Less than 1 until it has ended. */
function shareOf({ state, steps, elapsedMs, expectedMs }: BuildView): number {
  if (state === 'succeeded') return 1;
  const done = steps.filter((step) => step.state === 'done').length;
  return Math.min(expectedMs ? elapsedMs / expectedMs : done / Math.max(1, steps.length), 0.99);
}

const barCells = 20;

function progressBar(share: number): string {
  const filled = Math.floor(share * barCells);
  return `[${'#'.repeat(filled)}${'.'.repeat(barCells - filled)}]`;
}

function stepLine({ script, state, failure, elapsedMs, expectedMs }: StepView, style: PanelStyle): string {
  const sign = state === 'running' ? spinner[style.frame % spinner.length] : signs[state];
  const took = elapsedMs === null ? '' : `  ${elapsed(elapsedMs)}`;
  const isToCome = state === 'waiting' || state === 'running';
  const expected = isToCome && expectedMs !== null ? `  (about ${elapsed(expectedMs)})` : '';
  const how = failure === null ? '' : `  ${failure}`;
  return style.paint(fitted(`${sign} ${script}${took}${expected}${how}`, style), colours[state]);
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
