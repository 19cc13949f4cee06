import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openSite, type Site } from '../site/site.ts';

/** CI builds some; `AMPCI_MANY_HEADS=1000` more. */
const manyHeads = Number(process.env.AMPCI_MANY_HEADS ?? 200);

test(`${manyHeads} heads of one repository are all built right by one tick`, {
  timeout: 600_000,
}, async () => {
  using site = openSite({ config: { bootstrap: null, first_poll: 'all', workers: 4 } });
  for (let index = 0; index < manyHeads; index += 1) site.repo('one').push(`topic/${index}`);
  expect(await site.tick()).toEqual({ exitCode: 0, signal: null, stdout: '', stderr: '' });
  expect(site.ledger()).toHaveLength(manyHeads);
  expect(new Map(site.ledger().map(({ branch, sha }) => [branch, sha]))).toEqual(site.repo('one').heads());
  expect(await site.violations()).toEqual([]);
});

/** What a terminal takes as an order: the start of an escape sequence, and its 8-bit form. */
const orders = ['\u001b[2J', '\u001b]0;owned\u0007', '\u009b31m', '\r', '\b', '\u202e', '\u2028'];
const shell = '$(touch "$HOME/owned")`touch owned`;touch owned|touch owned&&touch owned';
const html = '<script>alert(1)</script>';
const words = `${orders.join('words')} ${shell} ${html} %n %% | 'x'=1;2;3`;

const notPrintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe.concurrent('an author, a message and the output of a script', () => {
  async function failed(): Promise<{ site: Site; told: string }> {
    const site = openSite({ scriptEnd: `printf '%b' '\\033[2J\\033]0;owned\\007\\n'; exit 3` });
    site.bootstrap.push();
    const message = `${words}\n\nmore ${words}`;
    site.repo('one').push('main', { message, author: words.replaceAll(/[<>\n]/g, '') });
    return { site, told: (await site.tick()).stderr };
  }

  test('cannot order a terminal about, wherever they are shown', async () => {
    const { site: opened, told } = await failed();
    using site = opened;
    expect(told).toContain('words');
    for (const args of [
      ['status'],
      ['history'],
      ['why', 'one'],
      ['log', 'one'],
      ['status', '--prometheus'],
      ['history', '--json'],
      ['status', '--json'],
      ['why', 'one', '--json'],
    ]) {
      const { stdout, stderr } = await site.ampci(args);
      expect({ args, length: stdout.length > 0, stderr }).toEqual({ args, length: true, stderr: '' });
      // What a script wrote is a file's content: `log` to a pipe gives it as it is.
      if (args[0] === 'log') continue;
      expect({ args, found: lineWith(stdout) }).toEqual({ args, found: undefined });
    }
    expect(lineWith(told)).toBeUndefined();
  });

  test('cannot break the first line of status, its perfdata or the text for Prometheus', async () => {
    const { site: opened } = await failed();
    using site = opened;
    const { stdout, exitCode } = await site.ampci(['status']);
    const [first = ''] = stdout.split('\n');
    expect(exitCode).toBe(2);
    expect(first).toMatch(/^AMPCI CRITICAL - [^|]*\|( '[a-z_]+'=[^ |]+)+$/);
    const { stdout: metrics } = await site.ampci(['status', '--prometheus']);
    for (const line of metrics.trimEnd().split('\n')) {
      expect(line).toMatch(/^(#.*|[a-z_]+(\{([a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? -?[\d.e+]+)$/);
    }
  });

  test('reach no shell', async () => {
    const { site: opened } = await failed();
    using site = opened;
    const files = readdirSync(site.folder, { recursive: true, encoding: 'utf8' });
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => file.includes('owned'))).toEqual([]);
  });
});

function lineWith(text: string): string | undefined {
  return text.split('\n').find((line) => notPrintable.test(line));
}
