import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import { globMistake, isGlob, matchesGlob } from '../../src/domain/glob.ts';

describe('a glob fits as in GitHub Actions', () => {
  test.each([
    ['main', 'main', true],
    ['main', 'maintenance', false],
    ['main', 'old/main', false],
    ['Main', 'main', false],
    ['*', 'main', true],
    ['*', 'release/1', false],
    ['**', 'release/1', true],
    ['release/*', 'release/1', true],
    ['release/*', 'release/1/fix', false],
    ['release/**', 'release/1/fix', true],
    ['release/**', 'release', false],
    ['**/docs', 'docs', true],
    ['**/docs', 'a/b/docs', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'ab', false],
    ['v?', 'v1', true],
    ['v?', 'v', false],
    ['v?', 'v/', false],
    ['v[0-9]', 'v7', true],
    ['v[!0-9]', 'v7', false],
    ['v[]x]', 'v]', true],
    ['v[!/]', 'v/', false],
    ['{main,dev/*}', 'dev/x', true],
    ['a{b,c{d,e}}f', 'acef', true],
    ['a{b,c{d,e}}f', 'acf', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['ü*', 'ünï', true],
    ['?', '😀', true],
    ['[😀-😎]', '😂', true],
    ['.*', '.github', true],
    ['*', '.github', true],
    ['a|b', 'a|b', true],
    ['a|b', 'a', false],
    ['a.c', 'abc', false],
    ['(a)', '(a)', true],
    ['$(id)', '$(id)', true],
    ['a+', 'aa', false],
    ['*', '', true],
  ])('%s against %s: %s', (pattern, name, fits) => {
    expect(matchesGlob(pattern, name)).toBe(fits);
  });
});

test.each([
  ['', 'it is empty'],
  ['a[b', 'its [ has no ]'],
  ['{a', 'its braces do not close, or mean more than 256 alternatives'],
  ['{a,b}'.repeat(9), 'its braces do not close, or mean more than 256 alternatives'],
])('%s is no glob: %s', (pattern, mistake) => {
  expect(globMistake(pattern)).toBe(mistake);
  expect(matchesGlob(pattern, pattern)).toBe(false);
});

test.each(['main', 'a|b', '$(id)', '-x', 'ünï/çode', 'a+b', '!x'])('%s means only itself', (name) => {
  expect(isGlob(name)).toBe(false);
  expect(globMistake(name)).toBeNull();
  expect(matchesGlob(name, name)).toBe(true);
});

const letters = fc.constantFrom('a', 'b', 'c', '-', '_');
const piece = fc.oneof(letters, fc.constantFrom('*', '?', '[ab]', '[^a]', '[a-c]', '{a,bc}'));
const segment = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
/** `**` means the same to both only as a whole folder before another; two stars in a row are left out. */
const pattern = fc
  .tuple(fc.array(fc.oneof(segment, fc.constant('**')), { maxLength: 2 }), segment)
  .map(([folders, last]) => [...folders, last].join('/'))
  .filter((text) => !/\*\*\/\*\*|[^/]\*\*|\*\*[^/]|\*\*$/.test(text));
const name = fc
  .array(fc.string({ unit: letters, minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join('/'));

test('picomatch thinks the same, where both know a pattern', () => {
  const run = fc.property(pattern, name, (glob, text) => {
    expect(matchesGlob(glob, text)).toBe(picomatch.isMatch(text, glob, { dot: true, noext: true }));
  });
  fc.assert(run, { numRuns: 3000 });
});

test.each(['*a', '**a'])('a name cannot stall %s thirty times over, as it would a RegExp', (part) => {
  expect(matchesGlob(`${part.repeat(30)}b`, 'a'.repeat(5000))).toBe(false);
  expect(matchesGlob(`${part.repeat(30)}b`, `${'a'.repeat(5000)}b`)).toBe(true);
});

test('any text is a glob or has a mistake, and matching never throws', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab/*?[]{},!\\-^😀') });
  fc.assert(
    fc.property(text, fc.string(), (glob, candidate) => {
      const fits = matchesGlob(glob, candidate);
      if (globMistake(glob) !== null) expect(fits).toBe(false);
    }),
  );
});
