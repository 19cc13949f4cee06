import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { secretForms } from '../../src/domain/secret-forms.ts';
import { buildLogFile, lastLines, openBuildLog } from '../../src/logs/build-log.ts';

let datadir: string;
let file: string;
beforeEach(() => {
  datadir = mkdtempSync(join(tmpdir(), 'ampci-build-log-'));
  file = buildLogFile(datadir, 12);
});
afterEach(() => rmSync(datadir, { recursive: true }));

const content = () => readFileSync(file, 'utf8');

describe("a build's log", () => {
  test('has a place of its own, for owner and group', () => {
    using _ = openBuildLog(file, () => []);
    expect(file).toBe(join(datadir, 'logs', 'builds', '12.log'));
    expect(statSync(file).mode & 0o777 & ~0o640).toBe(0);
    expect(statSync(join(datadir, 'logs')).mode & 0o007).toBe(0);
  });

  test("holds the scripts' output and ampci's own lines, each on a line of its own", () => {
    using log = openBuildLog(file, () => []);
    log.note('step 1/2: build_packages');
    writeSync(log.fd, 'no end of line');
    log.note('timed out after 2h');
    writeSync(log.fd, 'end\n');
    log.note('done');
    expect(content()).toBe(
      '[ampci] step 1/2: build_packages\nno end of line\n[ampci] timed out after 2h\nend\n[ampci] done\n',
    );
    expect(log.size()).toBe(Buffer.byteLength(content()));
  });

  test('is continued, never begun anew', () => {
    for (const text of ['one', 'two']) {
      using log = openBuildLog(file, () => []);
      log.note(text);
    }
    expect(content()).toBe('[ampci] one\n[ampci] two\n');
  });

  test("shows neither secrets nor control characters in ampci's own lines", () => {
    using log = openBuildLog(file, () => secretForms(['hunter22']));
    log.note('branch \x1b[31mx\r\n2023 forged hunter22');
    expect(content()).toBe('[ampci] branch \\x1b[31mx\\r\\n2023 forged ********\n');
  });

  test('is masked from where a step began', async () => {
    using log = openBuildLog(file, () => secretForms(['hunter22']));
    writeSync(log.fd, `hunter22${'.'.repeat(50)}\n`);
    const start = log.size();
    writeSync(log.fd, 'a hunter22 b\n');
    await log.mask(start);
    expect(content()).toMatch(/^hunter22\.+\na \*{8} b\n$/);
    writeSync(log.fd, 'appended still\n');
    await log.mask(0);
    expect(content()).toMatch(/^\*{8}\.+\na \*{8} b\nappended still\n$/);
  });

  test('that cannot be opened says which and why', () => {
    writeFileSync(join(datadir, 'logs'), 'in the way');
    expect(() => openBuildLog(file, () => [])).toThrow(
      /12\.log cannot be written: .*ENOTDIR.*; check the owner/,
    );
  });
});

describe('the last lines', () => {
  test.each<[string, string, string[]]>([
    ['of no output', '', []],
    ['of one line', 'a\n', ['a']],
    ['of lines without a last end', 'a\nb', ['a', 'b']],
    ['of many', 'a\nb\nc\nd\n', ['b', 'c', 'd']],
    ['with empty ones', '\n\n\nx\n\n', ['', 'x', '']],
    ['of one endless line', 'x'.repeat(100_000), ['x'.repeat(65_536)]],
  ])('%s', (_name, text, lines) => {
    using log = openBuildLog(file, () => []);
    writeSync(log.fd, text);
    expect(lastLines(file, 3)).toEqual(lines);
  });

  test('are none where there is no log', () => {
    expect(lastLines(file, 3)).toEqual([]);
  });
});
