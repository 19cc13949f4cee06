import { expect, test } from 'vitest';
import { parseSize } from '../../src/domain/size.ts';

test.each([
  ['0B', 0],
  ['10kB', 10_000],
  ['10KB', 10_000],
  ['500MB', 500_000_000],
  ['1GB', 1_000_000_000],
  ['2GiB', 2_147_483_648],
  ['1KiB', 1024],
  ['1TiB', 1_099_511_627_776],
])('%s is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '500', '500mb', '1.5GB', '-1GB', 'MB', '1iB', '1kiB', '1 GB', '1PB'])(
  '"%s" is no size',
  (text) => {
    expect(parseSize(text)).toBeNull();
  },
);
