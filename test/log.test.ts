import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { maskText } from '../src/domain/secret-forms.ts';
import { type LogSettings, openLog } from '../src/log.ts';

let datadir: string;
beforeEach(() => {
  datadir = mkdtempSync(join(tmpdir(), 'ampci-log-'));
});
afterEach(() => rmSync(datadir, { recursive: true }));

// Local time, as the predecessor's.
const time = new Date(2023, 8, 12, 19, 13, 5, 359).getTime();
const open = (changes: Partial<LogSettings> = {}) =>
  openLog({
    datadir,
    owner: 'Acme',
    command: 'poll',
    format: 'text',
    mask: (text) => maskText(text, ['hunter22']),
    clock: () => time,
    echo: null,
    ...changes,
  });
const content = (name: string) => readFileSync(join(datadir, 'logs', name), 'utf8');
const amppd = { owner: 'Acme', name: 'amppd' };
const stamp = `2023-09-12 19:13:05,359 [ampci:poll]`;

describe("ampci's log", () => {
  test("has the predecessor's line format to the letter", async () => {
    const log = await open();
    const repo = log.repo(amppd);
    repo.info('Building amppd, refs/heads/AMP-2926_acJob');
    repo.info('Done building amppd, refs/heads/AMP-2926_acJob in 16.2 seconds');
    log.info('one');
    log.warning('two');
    log.error('three');
    expect(content('amppd.log')).toBe(
      `${stamp} [INFO] [${process.pid}] Building amppd, refs/heads/AMP-2926_acJob\n` +
        `${stamp} [INFO] [${process.pid}] Done building amppd, refs/heads/AMP-2926_acJob in 16.2 seconds\n`,
    );
    expect(content('ampci.log')).toBe(
      `${stamp} [INFO] [${process.pid}] one\n${stamp} [WARNING] [${process.pid}] two\n${stamp} [ERROR] [${process.pid}] three\n`,
    );
  });

  test.each([
    [new Date(2024, 0, 2, 3, 4, 5, 6), '2024-01-02 03:04:05,006 '],
    [new Date(2024, 11, 31, 23, 59, 59, 999), '2024-12-31 23:59:59,999 '],
    [new Date(2024, 9, 10, 0, 0, 0, 70), '2024-10-10 00:00:00,070 '],
  ])('tells the time %s', async (date, text) => {
    (await open({ clock: () => date.getTime() })).info('x');
    expect(content('ampci.log').slice(0, 24)).toBe(text);
  });

  test("is pino's own lines with log_format: json", async () => {
    const log = await open({ format: 'json', command: 'build' });
    log.info('one');
    log.error('two\nlines hunter22');
    const lines = content('ampci.log')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      { level: 30, time, pid: process.pid, hostname: expect.any(String), name: 'ampci:build', msg: 'one' },
      expect.objectContaining({ level: 50, msg: 'two\nlines ********' }),
    ]);
  });

  test('opens no file before its first line', async () => {
    const log = await open();
    log.repo(amppd);
    expect(existsSync(join(datadir, 'logs'))).toBe(false);
  });

  test('goes on where it ended, in a file per repository', async () => {
    for (const name of ['amppd', '../evil', 'ampci']) {
      (await open()).repo({ owner: 'Acme', name }).info('one');
      (await open()).repo({ owner: 'Acme', name }).info('two');
    }
    expect(readdirSync(join(datadir, 'logs')).sort()).toEqual([
      '%2E.%2Fevil.log',
      '%61mpci.log',
      'amppd.log',
    ]);
    expect(content('amppd.log')).toMatch(/one\n.*two\n$/);
  });

  test("hands every line of ampci's own log on to who listens: the repository's says the same", async () => {
    const lines: string[] = [];
    const log = await open({ echo: (line) => lines.push(line) });
    log.info('one');
    log.repo(amppd).error('two');
    expect(lines).toEqual([content('ampci.log')]);
  });

  test('of any text is one line that cannot move a cursor, without a secret', async () => {
    const log = await open();
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\n', '\r', '\x1b[2J', '%s', '\u202e', 'hunter22'),
        fc.string({ unit: 'binary' }),
      ),
    });
    fc.assert(
      fc.property(text, (message) => {
        rmSync(join(datadir, 'logs'), { recursive: true, force: true });
        log.info(message);
        const line = content('ampci.log');
        expect(line.startsWith(`${stamp} [INFO] [${process.pid}] `)).toBe(true);
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        expect(line.endsWith('\n')).toBe(true);
        expect(line).not.toContain('hunter22');
      }),
    );
  });

  test('keeps the lines of processes that overlap whole', async () => {
    const script = `
      import { openLog } from ${JSON.stringify(join(process.cwd(), 'src/log.ts'))};
      const log = await openLog({ datadir: process.argv[1], owner: 'a', command: 'poll', format: 'text',
        mask: (text) => text, clock: () => 0, echo: null });
      for (let i = 0; i < 300; i += 1) log.info(process.argv[2].repeat(500));`;
    const run = (letter: string) =>
      `"${process.execPath}" --input-type=module -e "$SCRIPT" "$DATADIR" ${letter} &`;
    const env = { ...process.env, SCRIPT: script, DATADIR: datadir };
    const { stderr } = spawnSync('sh', ['-c', `${run('a')} ${run('b')} ${run('c')} wait`], {
      env,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const lines = content('ampci.log').trim().split('\n');
    expect(lines).toHaveLength(900);
    expect(lines.filter((line) => !/\] (a{500}|b{500}|c{500})$/.test(line))).toEqual([]);
  });

  test('that cannot be written says which and why', async () => {
    writeFileSync(join(datadir, 'logs'), 'in the way');
    const log = await open();
    expect(() => log.info('x')).toThrow(/logs\/ampci\.log cannot be written: .*; check the owner/);
  });
});

describe("the output in a repository's log", () => {
  async function output(bytes: Uint8Array, start = 0, end = bytes.length): Promise<Buffer> {
    const file = join(datadir, 'build.log');
    writeFileSync(file, bytes);
    const repo = (await open()).repo(amppd);
    await repo.output('build_packages failed', { file, start, end });
    repo.info('next');
    return readFileSync(join(datadir, 'logs', 'amppd.log'));
  }
  const heading = `${stamp} [ERROR] [${process.pid}] build_packages failed\n`;
  const next = `${stamp} [INFO] [${process.pid}] next\n`;

  test.each([
    ['of whole lines', 'one\ntwo\n', 'one\ntwo\n'],
    ['without an end of line', 'one\ntwo', 'one\ntwo\n'],
    ['of nothing', '', ''],
    ['of an empty line', '\n', '\n'],
  ])('%s is all of it', async (_name, text, expected) => {
    expect(String(await output(Buffer.from(text)))).toBe(`${heading}${expected}${next}`);
  });

  test('is any bytes, in order, of the part alone, however large', async () => {
    const bytes = Buffer.alloc(9_000_000);
    for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.writeUInt32LE((at * 2654435761) % 2 ** 32, at);
    bytes[8_999_900 - 1] = 0x0a;
    const result = await output(bytes, 100, 8_999_900);
    expect(
      result.equals(Buffer.concat([Buffer.from(heading), bytes.subarray(100, 8_999_900), Buffer.from(next)])),
    ).toBe(true);
  });

  test('may end earlier than it was said to', async () => {
    expect(String(await output(Buffer.from('cut\n'), 0, 9_000_000))).toBe(`${heading}cut\n${next}`);
  });
});
