import { execFileSync } from 'node:child_process';
import { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { describeProgram } from '../../src/cli/describe-program.ts';
import { completion, shells } from '../../src/commands/completion.ts';
import { manPage } from '../../src/output/man.ts';

function program() {
  const ampci = new Command('ampci')
    .description("CI that isn't a daemon")
    .version('1.2.3', '--version', 'print the version')
    .option('-c, --config <file>', 'the configuration');
  ampci
    .command('poll')
    .description('look which heads moved')
    .argument('[repo...]', 'these only')
    .option('--dry-run', 'write nothing: [a] dry run')
    .option('--for <duration>', 'go on')
    .addHelpText('after', '\nExamples:\n  $ ampci poll\n  $ ampci poll --dry-run\n');
  ampci
    .command('status')
    .description('a plugin')
    .option('-c, --critical <range>', 'critical')
    .addOption(new Option('--reason <reason>', "the build's reason").choices(['push', 'manual']));
  ampci
    .command('completion')
    .description('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']));
  ampci.command('secret', { hidden: true });
  return describeProgram(ampci);
}

test('the program is described as its help has it, hidden commands left out', () => {
  const { name, version, commands, options } = program();
  expect({ name, version, commands: commands.map((command) => command.name) }).toEqual({
    name: 'ampci',
    version: '1.2.3',
    commands: ['poll', 'status', 'completion'],
  });
  expect(options.map(({ long }) => long)).toEqual(['--version', '--config', '--help']);
  expect(commands[0]).toMatchObject({
    arguments: [{ synopsis: '[repo...]', description: 'these only', choices: [] }],
    examples: ['ampci poll', 'ampci poll --dry-run'],
  });
  expect(commands[0]?.options[1]).toEqual({
    short: null,
    long: '--for',
    value: 'duration',
    description: 'go on',
    choices: [],
  });
});

describe('bash completes', () => {
  const script = completion(program(), 'bash').output;
  /** What the real bash offers for a line that ends where the cursor is. */
  const offered = (...words: readonly string[]) => {
    const line = words.map((word) => `'${word}'`).join(' ');
    const ask = `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _ampci 2>&1; echo "\${COMPREPLY[*]}"`;
    return execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).trim().split(/\s+/);
  };

  test.each([
    [['ampci', 'p'], ['poll']],
    [
      ['ampci', ''],
      ['--version', '-c', '--config', '-h', '--help', 'poll', 'status', 'completion'],
    ],
    [['ampci', 'poll', '--d'], ['--dry-run']],
    [['ampci', 'poll', '--for', ''], ['']],
    [['ampci', '-c', 'poll', 'st'], ['status']],
    [['ampci', '-c', 'x', 'poll', '--f'], ['--for']],
    [['ampci', 'status', '--reason', 'm'], ['manual']],
    [['ampci', 'status', '-c', ''], ['']],
    [['ampci', 'completion', 'z'], ['zsh']],
    [
      ['ampci', 'completion', ''],
      ['-h', '--help', 'bash', 'zsh', 'fish'],
    ],
  ])('%j to %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

test('zsh: descriptions keep their colons, brackets and quotes', () => {
  const script = completion(program(), 'zsh').output;
  expect(script).toContain("'(--dry-run)--dry-run[write nothing\\: \\[a\\] dry run]'");
  expect(script).toContain("'(--reason)--reason[the build'\\''s reason]:reason:(push manual)'");
  expect(script).toContain("'(-c --config)-c[the configuration]:file:_files'");
  expect(script).toContain("'1:shell:(bash zsh fish)'");
});

test('fish: descriptions keep their quotes', () => {
  const script = completion(program(), 'fish').output;
  expect(script).toContain("-l reason -x -a 'push manual' -d 'the build\\'s reason'");
  expect(script).toContain("-s c -l config -r -F -d 'the configuration'");
  expect(script).toContain("-n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'");
});

test.each(shells)('%s ends with a line end', (shell) => {
  expect(completion(program(), shell)).toMatchObject({ exitCode: 0, output: expect.stringMatching(/\n$/) });
});

test('the manual page names every command, option and example, and escapes what roff would obey', () => {
  const page = manPage(program());
  expect(page).toContain('.TH AMPCI 1 "" "ampci 1.2.3" "User Commands"');
  expect(page).toContain(".SH NAME\nampci \\- CI that isn't a daemon");
  for (const words of [
    '.SS ampci poll [options] [repo...]',
    '\\fB\\-\\-dry\\-run\\fR',
    'ampci poll \\-\\-dry\\-run',
  ])
    expect(page).toContain(words);
  expect(page).toContain("the build's reason (push, manual)");
  expect(page).not.toContain('secret');
  expect(page).not.toMatch(/^\.(?!TH|SH|SS|TP|PP|RS|RE|nf|fi|br|B |I |BR )/m);
});
