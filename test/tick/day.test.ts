import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPredecessor, owner, type Predecessor, token } from './predecessor.ts';

/** One site through one day: each test goes on from where the one before left it. */
describe('the predecessor’s site', () => {
  let amp: Predecessor;
  beforeAll(async () => {
    amp = await openPredecessor();
  });
  afterAll(() => amp[Symbol.asyncDispose]());

  const silent = { stdout: '', stderr: '', exitCode: 0 };

  test('builds both default branches at the first poll, in silence', async () => {
    await amp.hub.commit(amp.ui, 'old-topic', {});
    expect(await amp.site.tick()).toMatchObject(silent);
    expect(amp.builds()).toEqual(['amppd main push: success', 'amppd-ui main push: success']);
    expect(amp.packages()).toEqual(['amppd-1.tar', 'amppd-ui-1.tar']);
  });

  test('has the predecessor’s two lines a build in its log and in the repository’s, to the letter', () => {
    const line = (text: string) =>
      `\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} \\[ampci:poll\\] \\[INFO\\] \\[\\d+\\] ${text}\\n`;
    const two =
      line('Building amppd, refs/heads/main') +
      line('Done building amppd, refs/heads/main in \\d+\\.\\d seconds');
    expect(amp.log('amppd.log')).toMatch(new RegExp(`^${two}$`));
    expect(amp.log('ampci.log').match(/ Building amppd, refs\/heads\/main\n/g)).toHaveLength(1);
    expect(
      amp.log('ampci.log').match(/ Done building amppd-ui, refs\/heads\/main in \d+\.\d seconds\n/g),
    ).toHaveLength(1);
  });

  test('does nothing when nothing moved, with one request that costs nothing', async () => {
    amp.forget();
    amp.hub.resetCounters();
    const log = amp.log('ampci.log');
    expect(await amp.site.tick()).toMatchObject(silent);
    expect(amp.builds()).toEqual([]);
    expect(amp.hub.requests.map(({ status }) => status)).toEqual([304]);
    expect(amp.hub.quota(token).core.used).toBe(0);
    expect(amp.log('ampci.log')).toBe(log);
  });

  test('builds what was pushed to, alone', async () => {
    await amp.hub.commit(amp.amppd, 'main', { files: { 'build.sh': 'echo again\n' } });
    expect(await amp.site.tick()).toMatchObject(silent);
    expect(amp.builds()).toEqual(['amppd main push: success']);
    expect(amp.log('amppd.log').split('\n')).toHaveLength(5);
  });

  test('builds a side branch, whose name has what shells and files dislike', async () => {
    amp.forget();
    await amp.hub.commit(amp.amppd, 'AMP-2926_acJob', {});
    await amp.hub.commit(amp.amppd, 'a|b;$(id)&"ünï', {});
    await amp.hub.commit(amp.ui, 'old-topic', {});
    expect(await amp.site.tick()).toMatchObject(silent);
    expect(amp.builds()).toEqual([
      'amppd AMP-2926_acJob push: success',
      'amppd a|b;$(id)&"ünï push: success',
      'amppd-ui old-topic push: success',
    ]);
    expect(amp.log('amppd.log')).toContain('Building amppd, refs/heads/AMP-2926_acJob\n');
  });

  test('builds the default branches again when the bootstrap moved', async () => {
    amp.forget();
    await amp.hub.commit(amp.bootstrap, 'main', { files: { settings: 'version=2\n' } });
    expect(await amp.site.tick()).toMatchObject(silent);
    expect(amp.builds()).toEqual(['amppd main bootstrap: success', 'amppd-ui main bootstrap: success']);
    expect(amp.packages()).toEqual(['amppd-1.tar', 'amppd-2.tar', 'amppd-ui-1.tar', 'amppd-ui-2.tar']);
  });

  test('builds once what moved together with the bootstrap', async () => {
    amp.forget();
    await amp.hub.commit(amp.bootstrap, 'main', { files: { settings: 'version=3\n' } });
    await amp.hub.commit(amp.ui, 'main', {});
    expect(await amp.site.tick()).toMatchObject(silent);
    expect(amp.builds()).toEqual(['amppd main bootstrap: success', 'amppd-ui main push: success']);
  });

  test('does not build a side branch of the bootstrap, nor the bootstrap itself', async () => {
    amp.forget();
    await amp.hub.commit(amp.bootstrap, 'experiment', {});
    expect(await amp.site.tick()).toMatchObject(silent);
    expect(amp.builds()).toEqual([]);
  });

  test('stops at the first script that fails, tells it once, and has all of its output in the repository’s log', async () => {
    amp.forget();
    const before = amp.log('amppd.log');
    const script =
      'printf "\\377\\000\\033[31m bytes\\r\\n"; echo to stderr >&2; echo to stdout; printf unended; exit 7\n';
    const sha = await amp.hub.commit(amp.amppd, 'main', {
      files: { 'build.sh': script },
      message: 'Break it',
    });
    const { stdout, stderr, exitCode } = await amp.site.tick();
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toMatch(
      new RegExp(
        `^ampci: build failed: amppd main \\(build \\d+\\)\n {2}commit: {4}${sha.slice(0, 12)} Break it\n`,
      ),
    );
    expect(stderr).toContain('  | to stderr\n  | to stdout\n  | unended\n');
    expect(stderr).not.toContain('\u001b');
    expect(amp.builds()).toEqual(['amppd main push: failure']);
    const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} \\[ampci:poll\\]';
    expect(amp.log('amppd.log').slice(before.length)).toMatch(
      new RegExp(
        `^${time} \\[INFO\\] \\[\\d+\\] Building amppd, refs/heads/main\n` +
          `${time} \\[ERROR\\] \\[\\d+\\] Building amppd, refs/heads/main ended as failure after \\d+\\.\\d seconds: build_packages exited with 7\n` +
          'building amppd\n\xff\0\u001b\\[31m bytes\r\nto stderr\nto stdout\nunended\n$',
      ),
    );
    expect(await amp.site.tick()).toMatchObject(silent);
  });

  test('says all is well again once it is mended', async () => {
    expect((await amp.site.ampci(['status'])).exitCode).toBe(2);
    await amp.hub.commit(amp.amppd, 'main', { files: { 'build.sh': 'echo mended\n' } });
    expect(await amp.site.tick()).toMatchObject(silent);
    expect((await amp.site.ampci(['status'])).stdout).toMatch(/^AMPCI OK - /);
  });

  test('leaves nothing behind', async () => {
    expect(readdirSync(amp.site.temproot)).toEqual([]);
    expect(await amp.site.violations({ heads: [], bootstrapSha: null })).toEqual([]);
    expect(amp.site.read(`SELECT 1 FROM repos WHERE owner <> '${owner}'`)).toEqual([]);
  });
});
