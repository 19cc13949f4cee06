import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { maskAlong } from '../../src/logs/mask-along.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ampci-mask-along-'));
  file = join(folder, 'log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const megabyte = 'x'.repeat(2 ** 20 - 1).concat('\n');
const forms = ['hunter22', 'aHVudGVyMjI='];
const size = () => statSync(file).size;
const text = () => readFileSync(file, 'latin1');

/** Writes until what it wrote first is masked. */
async function growUntilMasked(): Promise<void> {
  for (let round = 0; text().includes('hunter22'); round += 1) {
    if (round > 200) throw new Error('nothing was masked while the file grew');
    appendFileSync(file, megabyte);
    await pause(10);
  }
}

describe('masking a log while it is written', () => {
  test('begins before the writers end, and leaves nothing', async () => {
    writeFileSync(file, 'before aHVudGVyMjI=\n');
    const masking = maskAlong({ file, start: size(), size }, forms);
    appendFileSync(file, `first hunter22 ${megabyte.repeat(17)}`);
    await growUntilMasked();
    appendFileSync(file, 'last aHVudGVyMjI=\n');
    await masking.end();
    expect(text().replaceAll(megabyte, '')).toBe('before aHVudGVyMjI=\nfirst ******** last ************\n');
  });

  test('covers a secret that was half written at the time of a look', async () => {
    writeFileSync(file, `hunter22 ${megabyte.repeat(17)}hunt`);
    const masking = maskAlong({ file, start: 0, size }, forms);
    while (text().startsWith('hunter22')) await pause(10);
    appendFileSync(file, 'er22 and on\n');
    await masking.end();
    expect(text().replaceAll(megabyte, '')).toBe('******** ******** and on\n');
  });

  test('begins anew when a script cut its log off', async () => {
    writeFileSync(file, `hunter22 ${megabyte.repeat(17)}`);
    const masking = maskAlong({ file, start: 0, size }, forms);
    await growUntilMasked();
    truncateSync(file, 0);
    appendFileSync(file, 'again hunter22\n');
    await masking.end();
    expect(text()).toBe('again ********\n');
  });

  test('also when it did so before the first look', async () => {
    writeFileSync(file, 'what the step before wrote\n');
    const masking = maskAlong({ file, start: size(), size }, forms);
    writeFileSync(file, 'hunter22\n');
    await masking.end();
    expect(text()).toBe('********\n');
  });

  test('tells of a file that cannot be opened', async () => {
    writeFileSync(file, 'hunter22\n');
    const masking = maskAlong({ file: join(folder, 'none'), start: 0, size }, forms);
    await expect(masking.end()).rejects.toThrow('ENOENT');
  });
});
