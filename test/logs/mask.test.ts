import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secretForms } from '../../src/domain/secret-forms.ts';
import { chunkBytes as chunk, maskRange } from '../../src/logs/mask.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ampci-mask-'));
  file = join(folder, 'log');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function masked(
  bytes: Buffer,
  forms: readonly string[],
  start = 0,
  end = bytes.length,
): Promise<Buffer> {
  writeFileSync(file, bytes);
  await maskRange({ file, start, end }, forms);
  return readFileSync(file);
}

/** What masking means, in the simplest way. */
function model(
  bytes: Buffer,
  forms: readonly string[],
  { start, end }: { start: number; end: number },
): Buffer {
  const result = Buffer.from(bytes);
  const longest = Math.max(...forms.map((form) => Buffer.byteLength(form)));
  const part = bytes.subarray(Math.max(0, start - longest + 1), end);
  for (const form of forms) {
    const needle = Buffer.from(form);
    for (let at = 0; at + needle.length <= part.length; at += 1) {
      if (part.subarray(at, at + needle.length).equals(needle)) {
        const from = Math.max(0, start - longest + 1) + at;
        result.fill('*', from, from + needle.length);
      }
    }
  }
  return result;
}

describe('masking a part of a log', () => {
  test('overwrites secrets and nothing else, any bytes around them', async () => {
    const bytes = Buffer.from([0, 255, ...Buffer.from('hunter22'), 254, 10]);
    expect(await masked(bytes, secretForms(['hunter22']))).toEqual(
      Buffer.from([0, 255, ...Buffer.from('********'), 254, 10]),
    );
  });

  test('leaves what was there before, but for a secret that ends in the part', async () => {
    const text = 'hunter22 hunter22 hunter22';
    expect(String(await masked(Buffer.from(text), ['hunter22'], 12))).toBe('hunter22 ******** ********');
    expect(String(await masked(Buffer.from(text), ['hunter22'], 17))).toBe('hunter22 hunter22 ********');
    expect(String(await masked(Buffer.from(text), ['hunter22'], 0, 16))).toBe('******** hunter22 hunter22');
  });

  test('covers secrets that overlap, also with themselves', async () => {
    const text = 'xabcdefgx ababab';
    expect(String(await masked(Buffer.from(text), ['abcde', 'defg', 'abab']))).toBe('x*******x ******');
  });

  test('does nothing without secrets or without output, even without a file', async () => {
    await maskRange({ file: join(folder, 'none'), start: 0, end: 10 }, []);
    await maskRange({ file: join(folder, 'none'), start: 10, end: 10 }, ['hunter22']);
  });

  test('may name an end that the file never reached', async () => {
    expect(String(await masked(Buffer.from('a hunter22'), ['hunter22'], 0, 10_000_000))).toBe('a ********');
  });

  test('covers a whole private key, its lines, and each of them alone', async () => {
    const lines = Array.from({ length: 20 }, (_, i) =>
      Buffer.from(`line ${i} of the key`.repeat(2)).toString('base64'),
    );
    const key = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
    const text = `${key}\n  ${lines[7]}\r\n${lines.join('\r\n')}\n`;
    const result = String(await masked(Buffer.from(text), secretForms([key])));
    expect(result.replace(/[*\s]/g, '')).toBe('');
    expect(result).toHaveLength(text.length);
  });

  test('finds secrets wherever they lie across the borders of what is read at once', async () => {
    const forms = ['hunter22', 'secret-of-another-length', 'another', '22secret'];
    // A window begins with the last bytes of the one before it.
    const borders = [chunk, chunk + 23, 2 * chunk, 2 * chunk + 23];
    const place = fc.record({
      form: fc.constantFrom(...forms),
      border: fc.constantFrom(...borders),
      before: fc.integer({ min: 0, max: 40 }),
    });
    const blank = Buffer.alloc(2 * chunk + 5000, '.');
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 6 }), async (places) => {
        const bytes = Buffer.from(blank);
        for (const { form, border, before } of places) bytes.write(form, border - before);
        const expected = Buffer.from(bytes);
        for (const border of borders) {
          // Only about the borders, for the model is slow.
          const range = { start: 0, end: 200 };
          model(bytes.subarray(border - 100, border + 100), forms, range).copy(expected, border - 100);
        }
        expect((await masked(bytes, forms)).equals(expected)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('is what the model says for any text, any secrets and any part', async () => {
    const unit = fc.constantFrom('a', 'b', 'ü', '\n');
    const secrets = fc.array(fc.string({ unit, minLength: 4, maxLength: 7 }), { minLength: 1, maxLength: 3 });
    const cuts = fc.tuple(fc.nat(80), fc.nat(80));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 60 }), secrets, cuts, async (text, forms, [a, b]) => {
        const bytes = Buffer.from(text);
        const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
        const expected = start < end ? model(bytes, forms, { start, end }) : bytes;
        expect(String(await masked(bytes, forms, start, end))).toBe(String(expected));
      }),
      { numRuns: 300 },
    );
  });

  test('after each step leaves no secret, though one lies across the end of a step', async () => {
    const piece = fc.string({
      unit: fc.constantFrom('h', 'u', 'n', 't', 'hunt', 'er22', 'hunter22', '.'),
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (steps) => {
        writeFileSync(file, '');
        for (const output of steps) {
          const start = statSync(file).size;
          writeFileSync(file, output, { flag: 'a' });
          await maskRange({ file, start, end: statSync(file).size }, ['hunter22']);
        }
        expect(readFileSync(file, 'utf8')).toBe(steps.join('').replaceAll('hunter22', '********'));
      }),
      { numRuns: 200 },
    );
  });
});
