import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmlessLine } from '../../src/output/harmless.ts';
import { painter } from '../../src/output/paint.ts';
import { type Cell, renderTable } from '../../src/output/table.ts';
import { truncate, width } from '../../src/output/width.ts';

it.each([
  ['', 0],
  ['main', 4],
  ['é', 1],
  ['e\u0301', 1],
  ['日本', 4],
  ['한국', 4],
  ['ｆｕｌｌ', 8],
  ['🚀', 2],
  ['a👩👧b', 6],
  ['…', 1],
])('%j takes %i cells', (text, cells) => {
  expect(width(text)).toBe(cells);
});

it.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['ae\u0301bc', 3, 'ae\u0301…'],
  ['abc', 1, '…'],
  ['abc', 0, ''],
])('%j cut to %i cells is %j', (text, cells, cut) => {
  expect(truncate(text, cells)).toBe(cut);
});

const plain = painter(false);
const rows: readonly (readonly Cell[])[] = [
  [{ text: '1' }, { text: 'main' }, { text: 'build_packages, exit 2' }],
  [{ text: '12' }, { text: '日本' }, { text: '' }],
];
const head = ['ID', 'BRANCH', 'WHAT FAILED'];

describe('a table', () => {
  it('stands in columns, wide characters considered', () => {
    expect(renderTable({ head, rows }, 0, plain)).toBe(
      ['ID  BRANCH  WHAT FAILED', '1   main    build_packages, exit 2', '12  日本', ''].join('\n'),
    );
  });

  it('cuts its last column to fit', () => {
    expect(renderTable({ head, rows }, 20, plain)).toBe(
      ['ID  BRANCH  WHAT FA…', '1   main    build_p…', '12  日本', ''].join('\n'),
    );
  });

  it('says the same with colours as without', () => {
    const coloured = [[{ text: 'failure', colour: 'red' as const }, { text: 'x' }]];
    const painted = renderTable({ head: ['STATE', 'X'], rows: coloured }, 40, painter(true));
    expect(painted).toContain('\u001b[31mfailure\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
    const stripped = painted.replace(/\u001b\[\d+m/g, '');
    expect(stripped).toBe(renderTable({ head: ['STATE', 'X'], rows: coloured }, 40, plain));
  });

  it('never wraps, whatever is in it and however narrow the terminal', () => {
    const cell = fc.string({ unit: 'grapheme' }).map((text) => ({ text: harmlessLine(text) }));
    const row = fc.array(cell, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 1, max: 120 }), (some, columns) => {
        const lines = renderTable({ head: ['A', 'B', 'C', 'D'], rows: some }, columns, plain).split('\n');
        expect(lines).toHaveLength(some.length + 2);
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
