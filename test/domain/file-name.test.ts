import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileName } from '../../src/domain/file-name.ts';
import { sha256 } from '../../src/domain/sha256.ts';

/** Any JavaScript string, half surrogate pairs and control characters included. */
const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
    .map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom('.', '-', '/', '%', '~', 'a', '2', 'F', 'u'), maxLength: 12 }),
);

describe('fileName', () => {
  test.each([
    ['amppd-ui', 'amppd-ui'],
    ['owner/name', 'owner%2Fname'],
    ['..', '%2E.'],
    ['.hidden', '%2Ehidden'],
    ['-x', '%2Dx'],
    ['', '%'],
    ['%', '%25'],
    ['ünï/çode', '%C3%BCn%C3%AF%2F%C3%A7ode'],
    ['a|b $(id)\n', 'a%7Cb%20%24%28id%29%0A'],
    ['\uD83D', '%uD83D'],
    ['🐙', '%F0%9F%90%99'],
  ])('%j becomes %s', (name, expected) => {
    expect(fileName(name)).toBe(expected);
  });

  test('is one safe path component with room for a suffix', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(fileName(name)).toMatch(/^[A-Za-z0-9_%][A-Za-z0-9_.%~-]{0,199}$/);
      }),
    );
  });

  test('never gives two names one file', () => {
    fc.assert(
      fc.property(anyName, anyName, (a, b) => {
        expect(fileName(a) === fileName(b)).toBe(a === b);
      }),
      { numRuns: 1000 },
    );
  });

  test('keeps long names apart that begin alike', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 200, maxLength: 400 }), anyName, anyName, (start, a, b) => {
        expect(fileName(start + a) === fileName(start + b)).toBe(a === b);
      }),
    );
  });

  test('does not confuse a name with the encoded form of another', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const once = fileName(name);
        expect(fileName(once) === once).toBe(once === name);
      }),
    );
  });
});

test('sha256 is SHA-256', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }),
  );
});
