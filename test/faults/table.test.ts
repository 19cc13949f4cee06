import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../site/program.ts';

const own = 'table.test.ts';

/** `test('title'`, `name: 'title'` of a table, and the first of a row of one. */
const title = /(?:\btest\(\s*|(?:^|\{)\s*name: |^\s*\[\s*)(?:'((?:[^'\\]|\\.)+)'|"([^"]+)")/gm;

function titles(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.test.ts') && file !== own)
    .flatMap((file) => [...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(title)])
    .map(([, single, double]) => single ?? double ?? '');
}

function rows(): string[] {
  const lines = readFileSync(join(root, 'docs', 'faults.md'), 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('| ') && !/^\| (what happens|---) /.test(line))
    .map((line) => line.split('|')[1]?.trim() ?? '');
}

test('every fault of docs/faults.md has a test, and every such test has its row', () => {
  const documented = rows();
  expect(documented.length).toBeGreaterThan(60);
  expect(documented.toSorted()).toEqual(titles().toSorted());
});
