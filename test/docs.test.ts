import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { describeProgram } from '../src/cli/describe-program.ts';
import { realProcess } from '../src/cli/process.ts';
import { program } from '../src/cli.ts';
import { parseConfig } from '../src/config/parse.ts';
import { ampEntries, appEntries, ignoredKeys, repoEntries, retentionEntries } from '../src/config/schema.ts';
import { oldestGit } from '../src/domain/judge-site.ts';
import { manPage } from '../src/output/man.ts';
import { type CommandDescription, namesOf } from '../src/output/program.ts';

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const readme = read('README.md');
const example = read('amp.yaml.example');
const crontab = read('crontab.example');
const ampci = describeProgram(program(realProcess()));

function parse(text: string) {
  return parseConfig({ label: 'amp.yaml', file: '/etc/ampci/amp.yaml', text, githubApiUrl: undefined });
}

/** With every default: `#key:` without its `#`. Prose has a space behind it, an example within prose three. */
const withDefaults = example.replace(/^#((?: {2})?[a-z_]+:)/gm, '$1');

describe('amp.yaml.example', () => {
  const { repos: _, ...settings } = parse(example);

  test('names every key, and no other', () => {
    const shown = Object.keys(parseYaml(withDefaults));
    const notYet = ['notify', 'report'];
    const known = Object.keys(ampEntries).filter(
      (key) => ![...ignoredKeys, ...notYet].includes(key as never),
    );
    expect(known.length).toBeGreaterThan(25);
    expect(shown.toSorted()).toEqual(known.toSorted());
  });

  test('shows the defaults as they are', () => {
    const { repos: _, ...shown } = parse(withDefaults);
    const lines = (value: unknown) =>
      JSON.parse(JSON.stringify(value), (key, each) => (key === 'line' ? 0 : each));
    expect(lines(shown)).toEqual(lines(settings));
  });

  test.each([
    ['repos', Object.keys(repoEntries)],
    ['retention', Object.keys(retentionEntries)],
    ['app', Object.keys(appEntries)],
  ])('explains what is inside of %s', (_, keys) => {
    expect(keys.length).toBeGreaterThan(1);
    for (const key of keys) expect(withDefaults).toMatch(new RegExp(`[ {#]${key}:`));
  });

  test('explains maps that a user may copy', () => {
    const copied = example.match(/^# {3}(- name: big-one\n(?:# {5}.*\n)+)/m)?.[1]?.replace(/^# {3}/gm, '');
    expect(copied).toBeDefined();
    const text = `baseurl: https://github.com/a\nscripts: {'*': [b]}\nrepos:\n${copied?.replace(/^/gm, '  ')}`;
    expect(parse(text).repos[0]).toMatchObject({ name: 'big-one', timeoutMs: 21_600_000, submodules: false });
  });
});

/** Command lines of ampci in backticks, in indented code and in a crontab. */
function commandLines(text: string): readonly string[][] {
  const found = text
    .replace(/\$\([^)]*\)/g, 'NOW')
    .matchAll(/(?:`|^ {4}(?:\$ )?|^#?[*0-9/ ]{9,}[^ ]*?|\/)ampci(?:\.js)?((?: +[^\s`&|>#][^\s`]*)+)/gm);
  return Array.from(found, ([, words = '']) =>
    words
      .trim()
      .split(/ +/)
      .map((word) => word.replace(/[`.,;:)"]+$/, '')),
  );
}

function mistakeIn(words: readonly string[]): string | null {
  const isCommand = (word: string) => ampci.commands.some(({ name }) => name === word);
  const at = words.findIndex(isCommand);
  const command = ampci.commands[ampci.commands.findIndex(({ name }) => name === words[at])];
  if (!command)
    return words.every((word) => word.startsWith('-')) ? unknownOption(words, ampci) : 'no such command';
  return unknownOption(words.slice(0, at), ampci) ?? unknownOption(words.slice(at + 1), command);
}

function unknownOption(
  words: readonly string[],
  { options }: Pick<CommandDescription, 'options'>,
): string | null {
  const known = new Set(options.flatMap(namesOf));
  const end = words.findIndex((word) => ['|', '>', '&&', '#'].includes(word));
  const given = words.slice(0, end < 0 ? undefined : end).filter((word) => /^--?[a-z]/.test(word));
  return given.find((word) => !known.has(word.split('=')[0] ?? '')) ?? null;
}

describe('a command line in the documentation is one that ampci knows', () => {
  const examples = ampci.commands.flatMap((command) => command.examples);
  const sources = [
    ['README.md', commandLines(readme)],
    ['crontab.example', commandLines(crontab)],
    ['amp.yaml.example', commandLines(example)],
    ['the examples of --help', commandLines(examples.map((line) => `    ${line}`).join('\n'))],
  ] as const;
  test.each(sources)('in %s', (_, lines) => {
    expect(lines.length).toBeGreaterThan(0);
    const mistakes = lines.map((words) => [words.join(' '), mistakeIn(words)] as const);
    expect(mistakes.filter(([, mistake]) => mistake !== null)).toEqual([]);
  });

  test.each(ampci.commands.map(({ name, examples }) => [name, examples] as const))(
    '%s --help has an example',
    (name, lines) => {
      expect(lines.filter((line) => line.includes(`ampci ${name}`)).length).toBeGreaterThan(0);
    },
  );
});

test.each(ampci.commands.map(({ name }) => [name]))('README.md mentions %s', (name) => {
  expect(readme).toMatch(new RegExp(`ampci(\\.js)? ${name}\\b`));
});

test('README.md has a valid amp.yaml', () => {
  const texts = Array.from(readme.matchAll(/^```yaml\n(baseurl:.*?)^```/gms), ([, text = '']) => text);
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(parse(text).repos.length).toBeGreaterThan(0);
});

test('README.md asks for the git that check wants', () => {
  expect(readme).toContain(`git ${oldestGit.join('.')} or newer`);
});

describe('crontab.example', () => {
  const entries = crontab.split('\n').filter((line) => /^#?[*0-9][*0-9/]* \S+ \S+ \S+ \S+ \//.test(line));

  test('has absolute paths and escaped percent signs', () => {
    expect(entries.length).toBeGreaterThan(2);
    for (const entry of entries) expect(entry).not.toMatch(/(?<!\\)%/);
    expect(entries.some((entry) => entry.includes('\\%'))).toBe(true);
    for (const [, file] of crontab.matchAll(/(?:-c|--config|--output) (\S+)/g)) expect(file).toMatch(/^\//);
  });

  test('sets what cron does not', () => {
    expect(crontab).toMatch(/^PATH=\//m);
    expect(crontab).toMatch(/^MAILTO=/m);
  });
});

describe('the manual page', () => {
  const page = manPage(ampci);

  test('has every command and option', () => {
    const plain = page.replaceAll('\\-', '-').replace(/\\f[BIR]/g, '');
    expect(ampci.commands.length).toBeGreaterThan(9);
    for (const { name, options } of ampci.commands) {
      const section = plain.split('\n.SS ').find((part) => part.startsWith(`ampci ${name}`)) ?? '';
      for (const { long } of options) expect(section).toContain(long);
    }
  });

  const hasGroff = spawnSync('sh', ['-c', 'command -v groff']).status === 0;

  test.skipIf(!hasGroff)('says nothing that groff warns about', () => {
    const lint = ['-c', 'groff -man -ww -Tutf8 2>&1 >/dev/null'];
    expect(execFileSync('sh', lint, { input: page, encoding: 'utf8' })).toBe('');
  });
});
