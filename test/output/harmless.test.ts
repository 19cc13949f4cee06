import fc from 'fast-check';
import { expect, it } from 'vitest';
import { harmlessLine, harmlessLines, shellWord } from '../../src/output/harmless.ts';
import { jsonText } from '../../src/output/json.ts';

const anything = fc.string({ unit: 'binary' });

it.each([
  ['main', 'main'],
  ['Zoë Ångström', 'Zoë Ångström'],
  ['日本語', '日本語'],
  ['two\nlines\r\n', 'two lines '],
  ['\u001b[31mred\u001b[0m', '?[31mred?[0m'],
  ['abc\u202ecba', 'abc?cba'],
  ['next\u0085line\u2028end', 'next line end'],
  ['a\u0000b\u0007c\u007f', 'a?b?c?'],
  ['\u009b31m', '?31m'],
  ['half \ud800 pair', 'half ? pair'],
  ['👩\u200d👩\u200d👧 ❤\ufe0f', '👩👩👧 ❤'],
])('shows %j as %j', (text, shown) => {
  expect(harmlessLine(text)).toBe(shown);
});

it('leaves neither controls nor invisible formatting in any text, and changes nothing at a second pass', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const shown = harmlessLine(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(harmlessLine(shown)).toBe(shown);
    }),
  );
});

it('keeps the layout of lines', () => {
  expect(harmlessLines('two\n\t lines  \u009b31m\u001b[2J\u202e\r')).toBe('two\n\t lines  ?31m?[2J??');
});

it('gives a shell names as words', () => {
  expect(shellWord('release/2.0')).toBe('release/2.0');
  expect(shellWord('$(id)')).toBe("'$(id)'");
  expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
  expect(shellWord('')).toBe("''");
});

it('JSON holds any text without harming a terminal', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const json = jsonText({ text });
      expect(json).not.toMatch(/[\u007f-\u009f\p{Cf}\u2028\u2029]|[^\n\P{Cc}]/u);
      expect(JSON.parse(json)).toEqual({ text });
    }),
  );
});
