import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSite } from '../site/site.ts';
import { ctrlC, ctrlD, inTerminal, noTerminal } from './terminal.ts';

const title = noTerminal === null ? 'on a terminal' : `on a terminal (skipped: ${noTerminal})`;
const long = 'topic/a-branch-that-has-a-very-long-name-which-no-terminal-has-room-for';

describe.skipIf(noTerminal !== null)(title, () => {
  const site = openSite({
    repos: ['good', 'a-repository-with-quite-a-long-name'],
    config: { scripts: { topic: ['fail'], '*': ['build'] }, branches: ['**', '!never/*'] },
  });
  afterAll(() => site[Symbol.dispose]());
  beforeAll(async () => {
    site.script('fail', 'printf "\\033[31mred\\033[0m\\033]0;owned\\007\\033[2J end\\n"; exit 3');
    site.bootstrap.push();
    site.repo('good').push();
    site.repo('good').push('topic');
    site.repo('a-repository-with-quite-a-long-name').push(long);
    for (let branch = 0; branch < 30; branch += 1) site.repo('good').push(`many/${branch}`);
    site.configure({ scripts: { topic: ['fail'], 'many/*': ['nothing'], '*': ['build'] } });
    site.script('nothing', '');
    await site.tick();
  });

  test.each([80, 40, 20])('history fits %i columns', async (columns) => {
    const session = inTerminal(site, ['history', '-n', '10'], { columns });
    expect((await session.ended).exitCode).toBe(0);
    expect(session.screen.wraps()).toBe(0);
    expect(session.screen.lines()).toHaveLength(12);
  });

  test('history of 80 columns shows what failed', async () => {
    const session = inTerminal(site, ['history', '--failed']);
    await session.ended;
    expect(session.screen.lines()[1]).toMatch(/^\d+ +failure +good +topic .* fail, exit 3$/);
  });

  test('history that is longer than the screen goes through $PAGER, the shorter one does not', async () => {
    const env = { PAGER: '{ head -n 3; echo paged; }' };
    const session = inTerminal(site, ['history', '-n', '100'], { rows: 10, env });
    expect((await session.ended).exitCode).toBe(0);
    expect(session.screen.lines().slice(-2)).toEqual(['paged', '']);
    const short = inTerminal(site, ['history', '-n', '5'], { rows: 10, env });
    await short.ended;
    expect(short.written()).not.toContain('paged');
  });

  test.skipIf(!existsSync('/usr/bin/less'))('else through less, which may be left', async () => {
    const session = inTerminal(site, ['history', '-n', '100'], { rows: 10 });
    await session.until(/^:/m);
    expect(session.screen.lines()[0]).toMatch(/^BUILD/);
    session.type('q');
    expect((await session.ended).exitCode).toBe(0);
  });

  test.each([
    ['PAGER=cat', { PAGER: 'cat' }],
    ['a pager that is not there', { PAGER: 'no-such-pager' }],
  ])('history comes as a whole with %s', async (_, env) => {
    const session = inTerminal(site, ['history', '-n', '100'], { rows: 10, env });
    expect((await session.ended).exitCode).toBe(0);
    expect(session.written().match(/success/g)?.length).toBeGreaterThan(25);
  });

  test.each([
    ['colours', {}, true],
    ['none with NO_COLOR', { NO_COLOR: '1' }, false],
    ['none on a dumb terminal', { TERM: 'dumb' }, false],
  ])('history has %s', async (_, env, hasColours) => {
    const session = inTerminal(site, ['history', '--failed'], { env });
    await session.ended;
    expect(session.written().includes('\u001b[31mfailure\u001b[0m')).toBe(hasColours);
    if (!hasColours) expect(session.written()).not.toContain('\u001b');
  });

  test('history --watch redraws at every change, within the screen, until Ctrl-C', async () => {
    const session = inTerminal(site, ['history', '--watch', '-n', '100'], { rows: 12 });
    await session.until(/^BUILD/m);
    expect(session.screen.lines()).toHaveLength(12);
    const { stdout } = await site.ampci(['build', 'good']);
    const id = /build (\d+)/.exec(stdout)?.[1];
    await session.until(new RegExp(`^${id} +success`, 'm'));
    expect(session.screen.lines()[0]).toMatch(/^BUILD/);
    session.type(ctrlC);
    expect((await session.ended).exitCode).toBe(0);
  });

  test('log shows colours and nothing else that a script wants of the terminal', async () => {
    const session = inTerminal(site, ['log', 'good', 'topic']);
    expect((await session.ended).exitCode).toBe(0);
    expect(session.written()).toContain('\u001b[31mred\u001b[0m end');
    expect(session.written()).not.toContain('owned');
    const piped = await site.ampci(['log', 'good', 'topic']);
    expect(piped.stdout).toContain('\u001b[31mred\u001b[0m\u001b]0;owned\u0007\u001b[2J end\n');
  });

  test('log -f follows a build of another process across its steps and ends with it', async () => {
    using slow = openSite({ config: { scripts: { '*': ['first', 'second'] } } });
    for (const name of ['first', 'second']) {
      slow.script(
        name,
        `echo ${name} begins; until [ -e '${slow.folder}/go-${name}' ]; do sleep 0.02; done; echo ${name} ends`,
      );
    }
    for (const remote of [slow.bootstrap, slow.repo('one')]) remote.push();
    await slow.ampci(['build', 'one', '--queue']);
    const session = inTerminal(slow, ['log', '-f', 'one']);
    const piped = slow.ampci(['log', '-f', '1']);
    const poll = slow.start(['poll']);
    await session.until(/first begins/);
    writeFileSync(join(slow.folder, 'go-first'), '');
    await session.until(/second begins/);
    writeFileSync(join(slow.folder, 'go-second'), '');
    expect((await session.ended).exitCode).toBe(0);
    expect((await poll.ended).exitCode).toBe(0);
    const whole = [
      '[ampci] step 1/2: first',
      'first begins',
      'first ends',
      '[ampci] step 2/2: second',
      'second begins',
      'second ends',
      '',
    ];
    expect(session.screen.lines()).toEqual(whole);
    expect(await piped).toMatchObject({ stdout: whole.join('\n'), exitCode: 0 });
  });

  test('why tells what was ignored and by which setting', async () => {
    site.repo('good').push('never/mind');
    await site.tick();
    const session = inTerminal(site, ['why', 'good', 'never/mind'], { columns: 100 });
    expect((await session.ended).exitCode).toBe(0);
    expect(session.screen.lines().join('\n')).toMatch(
      /ignored by `branches: \['!never\/\*'\]` \(amp\.yaml:\d+\)/,
    );
  });

  describe('init', () => {
    const answers = [`file://${site.folder}/forge/acme`, 'good', 'build', 'none'];
    const folder = (name: string) => {
      mkdirSync(join(site.folder, name));
      return join(site.folder, name, 'amp.yaml');
    };

    test('asks four questions, writes amp.yaml and checks it', async () => {
      const file = folder('asked');
      const session = inTerminal(site, ['init', '-c', file]);
      for (const [index, question] of [
        /^Server and owner/m,
        /^Repositories/m,
        /^Scripts/m,
        /^Bootstrap/m,
      ].entries()) {
        await session.until(question);
        session.type(`${answers[index]}\n`);
      }
      expect((await session.ended).exitCode).toBe(1);
      expect(session.written()).toMatch(/Wrote .*amp\.yaml\. Checking it:/);
      expect(readFileSync(file, 'utf8')).toMatch(/^bootstrap: null$/m);
    });

    test('asks only what was not given', async () => {
      const file = folder('given');
      const given = ['--baseurl', answers[0] ?? '', '--scripts', 'build', '--bootstrap', 'none'];
      const session = inTerminal(site, ['init', '-c', file, ...given]);
      await session.until(/^Repositories/m);
      session.type('good\n');
      await session.ended;
      expect(session.written()).not.toContain('Server and owner');
      expect(readFileSync(file, 'utf8')).toMatch(/^ +- good$/m);
    });

    test.each([
      ['Ctrl-C', ctrlC],
      ['Ctrl-D', ctrlD],
    ])('%s leaves it and writes nothing', async (_, key) => {
      const session = inTerminal(site, ['init', '-c', 'left.yaml']);
      await session.until(/^Server and owner/m);
      session.type(key);
      const { exitCode, settings } = await session.ended;
      expect(exitCode).toBe(130);
      expect(session.written()).toContain('ampci: left without an answer; nothing was written');
      expect(settings).toMatch(/(?<!-)icanon/);
    });
  });
});
