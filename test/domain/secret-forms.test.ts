import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskText, secretForms } from '../../src/domain/secret-forms.ts';

describe('forms of a secret', () => {
  test('are itself, base64 and its form in a URL, the longest first', () => {
    expect(secretForms(['p@ss wörd'])).toEqual([
      'p%40ss%20w%C3%B6rd',
      Buffer.from('p@ss wörd').toString('base64'),
      'p@ss wörd',
    ]);
  });

  test('of several lines are its lines too, unless they are short', () => {
    const key = '-----BEGIN KEY-----\r\nMIIEvQIBADANBgkq\nshort\n-----END KEY-----\n';
    const forms = secretForms([key]);
    expect(forms).toContain(key);
    expect(forms).toContain('MIIEvQIBADANBgkq');
    expect(forms).not.toContain('short');
  });

  test.each(['', 'a', 'abc'])('of %j are none: it is too short to hide', (secret) => {
    expect(secretForms([secret])).toEqual([]);
  });

  test('are each told once', () => {
    expect(secretForms(['hunter22', 'hunter22', 'Zm9v'])).toHaveLength(
      new Set(secretForms(['hunter22', 'Zm9v'])).size,
    );
  });

  test('exist for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 4, maxLength: 50 }), (secret) => {
        expect(secretForms([secret])).toContain(secret);
      }),
    );
  });
});

describe('masking a line', () => {
  test.each([
    ['a hunter22 b', 'a ******** b'],
    ['hunter22hunter22', '****************'],
    ['nothing here', 'nothing here'],
    ['https://x-access-token:hunter22@host/', 'https://x-access-token:********@host/'],
    ['Basic eC1hY2Nlc3MtdG9rZW46aHVudGVyMjI=', 'Basic eC1hY2Nlc3MtdG9rZW46************'],
  ])('%j is %j', (text, masked) => {
    expect(maskText(text, secretForms(['hunter22']))).toBe(masked);
  });

  test('covers secrets that overlap, also with themselves', () => {
    expect(maskText('xabcdefgx abababab', ['abcde', 'defg', 'abab'])).toBe('x*******x ********');
  });

  test('leaves no secret, and all else as it was', () => {
    const secret = fc.string({ unit: fc.constantFrom('a', 'b', 'ü'), minLength: 4, maxLength: 6 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '-'), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(secret, { minLength: 1, maxLength: 3 }), (line, secrets) => {
        const masked = maskText(line, secrets);
        for (const each of secrets) expect(masked).not.toContain(each);
        expect(masked).toHaveLength(line.length);
        [...masked].forEach((character, at) => {
          if (character !== '*') expect(character).toBe(line[at]);
        });
      }),
    );
  });
});
