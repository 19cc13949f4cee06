import { expect, test } from 'vitest';
import { nearest } from '../../src/domain/nearest.ts';

const keys = ['workers', 'branches', 'scripts', 'env', 'timeout', 'temproot'];

test.each([
  ['workrs', 'workers'],
  ['wrokers', 'workers'],
  ['branch', 'branches'],
  ['Scripts', 'scripts'],
  ['tempRoot', 'temproot'],
  ['evn', 'env'],
  ['colour', null],
  ['', null],
  ['x', null],
])('%s most likely means %s', (word, key) => {
  expect(nearest(word, keys)).toBe(key);
});
