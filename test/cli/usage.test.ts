import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../site/program.ts';
import { openSite } from '../site/site.ts';

const site = openSite();
afterAll(() => site[Symbol.dispose]());

const commands = [
  'poll',
  'build',
  'status',
  'history',
  'log',
  'why',
  'check',
  'init',
  'prune',
  'completion',
] as const;

describe('help', () => {
  test.each(commands)('of %s: how it is called, its options and examples, on stdout', async (command) => {
    const { stdout, stderr, exitCode } = await site.ampci([command, '--help']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(new RegExp(`^Usage: ampci ${command} `));
    expect(stdout).toMatch(/-v, --verbose .*\n/);
    expect(stdout).toMatch(new RegExp(`\nExamples:\n( {2}\\$ .*\\bampci ${command}\\b.*\n)+`));
    expect(stdout).not.toContain('default: false');
  });

  test('names every command', async () => {
    const { stdout, exitCode } = await site.ampci(['--help']);
    expect(exitCode).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(await site.ampci(['help', 'poll'])).toEqual(await site.ampci(['poll', '--help']));
  });

  test('goes to stderr with exit code 2 where a command is missing', async () => {
    const { stdout, stderr, exitCode } = await site.ampci([]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^Usage: ampci /);
  });
});

test.each([['--version'], ['-V'], ['status', '--version']])('the version: ampci %s %s', async (...args) => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(await site.ampci(args.filter(Boolean))).toMatchObject({
    stdout: `${version}\n`,
    stderr: '',
    exitCode: 0,
  });
});

describe('what is mistyped exits with 2, says so in one line and changes nothing:', () => {
  test.each<[readonly string[], string]>([
    [['hist'], `unknown command 'hist' (did you mean history?); see "ampci --help"`],
    [['pol', '--dry-run'], `unknown command 'pol' (did you mean poll?); see "ampci --help"`],
    [['--bogus'], `unknown option '--bogus'; see "ampci --help"`],
    [['poll', '--evry', '5s'], `unknown option '--evry' (did you mean --every?); see "ampci poll --help"`],
    [['poll', '--for'], `option '--for <duration>' argument missing; see "ampci poll --help"`],
    [
      ['poll', '--for', 'soon'],
      `option '--for <duration>' argument 'soon' is invalid. Expected a duration such as 90s, 10m, 2h or 30d; see "ampci poll --help"`,
    ],
    [
      ['poll', '--for', '55s', '--every', '0s'],
      `option '--every <duration>' argument '0s' is invalid. Expected at least 1s; see "ampci poll --help"`,
    ],
    [['poll', '--every', '5s'], '--every DURATION goes with --for'],
    [['build'], `missing required argument 'repo'; see "ampci build --help"`],
    [
      ['build', 'one', '--quite'],
      `unknown option '--quite' (did you mean --quiet?); see "ampci build --help"`,
    ],
    [
      ['history', '-n', '0'],
      `option '-n, --number <count>' argument '0' is invalid. Expected a whole number from 1; see "ampci history --help"`,
    ],
    [
      ['history', '--reason', 'whim'],
      `option '--reason <reason>' argument 'whim' is invalid. Allowed choices are manual, push, bootstrap, retry; see "ampci history --help"`,
    ],
    [
      ['log', '1', 'main', 'x'],
      `too many arguments for 'log'. Expected 2 arguments but got 3: 1, main, x; see "ampci log --help"`,
    ],
    [['why'], `missing required argument 'repo'; see "ampci why --help"`],
    [['check', '--ofline'], `unknown option '--ofline' (did you mean --offline?); see "ampci check --help"`],
    [['init', '--repo', 'a'], `unknown option '--repo' (did you mean --repos?); see "ampci init --help"`],
    [
      ['prune', 'all'],
      `too many arguments for 'prune'. Expected 0 arguments but got 1: all; see "ampci prune --help"`,
    ],
    [
      ['completion', 'tcsh'],
      `command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish; see "ampci completion --help"`,
    ],
  ])('%j', async (args, sentence) => {
    const { stdout, stderr, exitCode } = await site.ampci(args);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: `ampci: ${sentence}\n`, exitCode: 2 });
  });

  test.each<[readonly string[], string]>([
    [
      ['status', '--warnin', '1'],
      `unknown option '--warnin' (did you mean --warning?); see "ampci status --help"`,
    ],
    [
      ['status', 'now'],
      `too many arguments for 'status'. Expected 0 arguments but got 1: now; see "ampci status --help"`,
    ],
    [
      ['-c', 'gone.yaml', 'status', '-w'],
      `option '-w, --warning <[metric=]range>' argument missing; see "ampci status --help"`,
    ],
    [
      ['status', '--json', '--prometheus'],
      `option '--prometheus' cannot be used with option '--json'; see "ampci status --help"`,
    ],
  ])('%j, which a monitor reads on stdout as UNKNOWN', async (args, sentence) => {
    const { stdout, stderr, exitCode } = await site.ampci(args);
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: `AMPCI UNKNOWN - ${sentence}\n`,
      stderr: '',
      exitCode: 3,
    });
  });
});

describe('the configuration', () => {
  mkdirSync(join(site.folder, 'elsewhere'));
  const elsewhere = join(site.folder, 'elsewhere', 'amp.yaml');
  const datadir = join(site.folder, 'elsewhere-data');
  writeFileSync(
    elsewhere,
    `baseurl: file://${site.folder}\nscripts: {'*': [build]}\nrepos: [one]\ndatadir: ${datadir}\n`,
  );

  test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    ['-c before the command', ['-c', elsewhere, 'history'], {}],
    ['-c behind it', ['history', '-c', elsewhere], {}],
    ['--config=', ['history', `--config=${elsewhere}`], {}],
    ['a relative name', ['-c', 'elsewhere/amp.yaml', 'history'], {}],
    ['$AMPCI_CONFIG', ['history'], { AMPCI_CONFIG: elsewhere }],
    ['-c rather than $AMPCI_CONFIG', ['history', '-c', elsewhere], { AMPCI_CONFIG: 'gone.yaml' }],
    ['the nearer -c', ['-c', 'gone.yaml', 'history', '-c', elsewhere], {}],
  ])('is the one of %s', async (_, args, env) => {
    const { stderr, exitCode } = await site.ampci(args, { env });
    expect(stderr).toContain(join(datadir, 'ampci.db'));
    expect(exitCode).toBe(2);
  });

  test('is ./amp.yaml without any, or with an empty $AMPCI_CONFIG', async () => {
    const { stderr } = await site.ampci(['history', '-v'], { env: { AMPCI_CONFIG: '' } });
    expect(stderr).toContain(
      `ampci: configuration ${join(site.folder, 'amp.yaml')}, database ${site.datadir}`,
    );
  });

  test('of status is named before the command, by --config or by the environment, since -c is critical there', async () => {
    for (const args of [
      ['-c', elsewhere, 'status'],
      ['status', '--config', elsewhere],
    ]) {
      const { stdout, exitCode } = await site.ampci(args);
      expect(stdout).toContain(join(datadir, 'ampci.db'));
      expect(exitCode).toBe(3);
    }
    const { stdout } = await site.ampci(['status', '-c', elsewhere]);
    expect(stdout).toMatch(/^AMPCI UNKNOWN - .*elsewhere/);
  });

  test.each(commands.filter((name) => !['init', 'completion', 'status'].includes(name)))(
    'that is missing stops %s with 2',
    async (command) => {
      const args = command === 'build' || command === 'why' ? [command, 'one'] : [command];
      const { stdout, stderr, exitCode } = await site.ampci(['-c', 'gone.yaml', ...args]);
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
      expect(stderr).toBe(
        'ampci: gone.yaml: there is no such file; write one with "ampci init", or name yours with --config FILE or AMPCI_CONFIG\n',
      );
    },
  );

  test('with mistakes stops with 2 and all of them, each with its place', async () => {
    const file = join(site.folder, 'bad.yaml');
    writeFileSync(file, 'baseurl: https://github.com/acme\nscript: {}\nrepos: main\nworkers: many\n');
    const { stdout, stderr, exitCode } = await site.ampci(['poll', '-c', 'bad.yaml']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    for (const place of ['bad.yaml:2:', 'bad.yaml:3:', 'bad.yaml:4:']) expect(stderr).toContain(place);
    expect(stderr).toContain('scripts');
    const status = await site.ampci(['status', '--config', 'bad.yaml']);
    expect(status).toMatchObject({ stderr: '', exitCode: 3 });
    expect(status.stdout).toMatch(/^AMPCI UNKNOWN - bad\.yaml:/);
  });
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('is printed for %s', async (shell) => {
    const { stdout, exitCode } = await site.ampci(['completion', shell]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('dry-run');
  });
});

describe('a Node that is too old', () => {
  const launcher = readFileSync(join(root, 'bin', 'ampci.js'), 'utf8');
  const pretended = (args: readonly string[]) =>
    spawnSync(
      process.execPath,
      [
        '-e',
        `process.argv.splice(1, 0, 'ampci'); Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } });
         ${launcher.replace(/^#!.*/, '')}`,
        ...args,
      ],
      { encoding: 'utf8' },
    );

  test('is told which it takes, with exit code 2', () => {
    const { stdout, stderr, status } = pretended(['poll']);
    expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
    expect(stderr).toMatch(/^ampci needs Node 22\.12 or newer, this is 20\.20\.2 \(\/.*\)\n$/);
  });

  test('is UNKNOWN to a monitor', () => {
    const { stdout, stderr, status } = pretended(['status']);
    expect({ stderr, status }).toEqual({ stderr: '', status: 3 });
    expect(stdout).toMatch(/^AMPCI UNKNOWN - ampci needs Node 22\.12 or newer/);
  });

  const machines = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  test.skipIf(!/^v(1\d|2[01])\./.test(machines))('for real, where the machine has one', () => {
    const { stderr, status } = spawnSync('/usr/bin/node', [join(root, 'bin', 'ampci.js'), 'poll'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain(
      `this is ${machines.slice(1).trim()} (/usr/bin/node); there is one: ${root}/node_modules/.bin/node `,
    );
  });
});

test('a reader who has seen enough is no error', async () => {
  const script = '"$NODE" "$AMPCI" --help | head -1; "$NODE" "$AMPCI" completion bash | true; echo ended';
  const env = {
    PATH: '/usr/bin:/bin',
    NODE: process.execPath,
    AMPCI: join(root, 'bin', 'ampci.js'),
    HOME: site.folder,
  };
  const said = execFileSync('/bin/sh', ['-c', script], { env, encoding: 'utf8', stdio: 'pipe' });
  expect(said).toBe('Usage: ampci [options] [command]\nended\n');
});
