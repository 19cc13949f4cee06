import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type BuildView,
  buildPanel,
  eraseLines,
  paintedWidth,
  type StepView,
} from '../../src/output/build-panel.ts';
import { painter } from '../../src/output/paint.ts';

const waiting: StepView = {
  script: 'ship',
  state: 'waiting',
  failure: null,
  elapsedMs: null,
  expectedMs: 4700,
};
const done: StepView = { ...waiting, script: 'compile', state: 'done', elapsedMs: 3100 };
const running: StepView = { ...waiting, script: 'package', state: 'running', elapsedMs: 1000 };

const view: BuildView = {
  title: 'web main at 551deaa',
  state: 'running',
  steps: [done, running, waiting],
  elapsedMs: 4100,
  expectedMs: 12_300,
  tail: ['one', 'two', 'three'],
  notice: null,
};

function panel(changes: Partial<BuildView> = {}, { columns = 80, rows = 24, frame = 0 } = {}): string[] {
  return buildPanel({ ...view, ...changes }, { columns, rows, paint: painter(false), frame });
}

it('shows a bar by time, a line a step and the output', () => {
  expect(panel()).toEqual([
    'web main at 551deaa  [######..............] 4.1 s of about 12.3 s',
    '+ compile  3.1 s',
    '| package  1.0 s  (about 4.7 s)',
    '  ship  (about 4.7 s)',
    '  one',
    '  two',
    '  three',
  ]);
});

it.each<[string, Partial<BuildView>, string]>([
  ['by steps where no time is known', { expectedMs: null }, '[######..............] 4.1 s'],
  [
    'short of full while it takes longer',
    { elapsedMs: 99_000 },
    '[###################.] 1 min 39 s of about 12.3 s',
  ],
  ['full when it succeeded', { state: 'succeeded' }, '[####################] 4.1 s'],
  ['not at all when it failed', { state: 'ended' }, '4.1 s'],
])('draws the bar %s', (_, changes, end) => {
  expect(panel(changes)[0]).toBe(`web main at 551deaa  ${end}`);
});

it('says how a step failed and what comes next', () => {
  const failed: StepView = { ...running, state: 'failed', failure: 'exit 3' };
  expect(panel({ steps: [failed], tail: [], notice: 'stopping' }).slice(1)).toEqual([
    'x package  1.0 s  exit 3',
    'stopping',
  ]);
});

it('turns its spinner with every drawing', () => {
  const signs = [0, 1, 2, 3, 4].map((frame) => panel({}, { frame })[2]?.charAt(0));
  expect(signs).toEqual(['|', '/', '-', '\\', '|']);
});

it('keeps the times in sight on a narrow terminal', () => {
  expect(panel({}, { columns: 46 })[0]).toBe('web main at 551deaa  4.1 s of about 12.3 s');
  expect(panel({}, { columns: 34 })[0]).toBe('web main …  4.1 s of about 12.3 s');
});

it('keeps the current step in sight where not all have room', () => {
  const steps = Array.from({ length: 30 }, (_, index) => ({
    ...(index < 20 ? done : index === 20 ? running : waiting),
    script: `step${index}`,
  }));
  const lines = panel({ steps }, { rows: 10 });
  expect(lines).toHaveLength(8);
  expect(lines.join('\n')).toContain('| step20');
});

it('never wraps nor scrolls, whatever the size', () => {
  const anything = fc.record({
    columns: fc.integer({ min: 1, max: 60 }),
    rows: fc.integer({ min: 4, max: 30 }),
  });
  const many = fc.array(fc.constantFrom(done, running, waiting), { maxLength: 40 });
  fc.assert(
    fc.property(anything, many, fc.boolean(), (size, steps, isStopping) => {
      const tail = Array.from({ length: size.rows }, () => '日本'.repeat(30));
      const lines = panel({ steps, tail, notice: isStopping ? 'x'.repeat(90) : null }, size);
      expect(lines.length).toBeLessThan(size.rows);
      for (const line of lines) expect(paintedWidth(line)).toBeLessThan(Math.max(2, size.columns));
    }),
  );
});

it('is erased with the rows that a narrower terminal made of its lines', () => {
  expect(eraseLines([10, 0, 25], 10)).toBe('\u001b[5A\r\u001b[J');
  expect(eraseLines([], 80)).toBe('');
});
