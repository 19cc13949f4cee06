import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type InitRequest, init } from '../../src/commands/init.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { UserError } from '../../src/user-error.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ampci-init-'));
  file = join(folder, 'amp.yaml');
});

afterEach(() => rmSync(folder, { recursive: true }));

const complete = {
  baseurl: 'https://github.com/acme',
  repos: ['tool', 'amp_*'],
  scripts: ['build', 'ship'],
  bootstrap: 'none',
};

function run(changes: Partial<InitRequest>) {
  const check = async () => ({ output: 'ok\n', exitCode: 0 });
  return init({ options: complete, file, githubApiUrl: undefined, ask: null, check, ...changes });
}

function written() {
  return parseConfig({ label: file, file, text: readFileSync(file, 'utf8'), githubApiUrl: undefined });
}

test('the options make an amp.yaml, which is checked', async () => {
  const checked: string[] = [];
  const result = await run({
    check: async (config) => {
      checked.push(config.file);
      return { output: 'problem\n', exitCode: 1 };
    },
  });
  expect(result).toEqual({ output: `Wrote ${file}. Checking it:\n\nproblem\n`, exitCode: 1 });
  expect(checked).toEqual([file]);
  expect(written()).toMatchObject({
    server: 'https://github.com',
    owner: 'acme',
    repos: [{ name: 'tool' }, { name: 'amp_*', glob: true }],
    scripts: [{ key: '*', scripts: ['build', 'ship'] }],
    bootstrap: null,
  });
});

test("the example's explanations are kept", async () => {
  await run({});
  const comments = (text: string) => text.split('\n').filter((line) => line.startsWith('#'));
  const example = readFileSync(new URL('../../amp.yaml.example', import.meta.url), 'utf8');
  expect(comments(example).length).toBeGreaterThan(20);
  expect(comments(readFileSync(file, 'utf8'))).toEqual(comments(example));
});

describe('on a terminal', () => {
  const asking = (answers: readonly string[]) => {
    const questions: string[] = [];
    const left = [...answers];
    const ask = async (question: string) => {
      questions.push(question);
      return left.shift() ?? '';
    };
    return { questions, ask };
  };

  test('four questions are asked, and empty answers are the defaults', async () => {
    const { questions, ask } = asking(['file:///srv/git', 'a b', '', '']);
    await run({ options: {}, ask });
    expect(questions).toEqual([
      'Server and owner (https://github.com/OWNER): ',
      "Repositories, by spaces ('*' for all of the owner): ",
      'Scripts to run in order, by spaces [build.sh]: ',
      'Bootstrap repository ("none" for none) [amp_bootstrap]: ',
    ]);
    expect(written()).toMatchObject({
      server: 'file:///srv',
      repos: [{ name: 'a' }, { name: 'b' }],
      scripts: [{ scripts: ['build.sh'] }],
      bootstrap: 'amp_bootstrap',
    });
  });

  test('only what the options leave open is asked for', async () => {
    const { questions, ask } = asking(['boot']);
    const { bootstrap: _, ...options } = complete;
    await run({ options, ask });
    expect(questions).toHaveLength(1);
    expect(written().bootstrap).toBe('boot');
  });
});

describe('nothing is written', () => {
  const cases: readonly [string, Partial<InitRequest>, RegExp][] = [
    ['without a terminal to ask on', { options: {} }, /^--baseurl is missing: Server and owner/],
    ['on an empty answer', { options: {}, ask: async () => '' }, /^--baseurl is missing: /],
    [
      'when an answer is no setting',
      { options: { ...complete, baseurl: '/srv/git' } },
      /amp\.yaml:\d+:\d+: baseurl: expected a URL/,
    ],
    [
      'when the list is empty',
      { options: { ...complete, repos: [] } },
      /repos: expected a list of repositories, got an empty one/,
    ],
  ];
  test.each(cases)('%s', async (_, changes, message) => {
    const outcome = run(changes);
    await expect(outcome).rejects.toThrow(UserError);
    await expect(outcome).rejects.toThrow(message);
    expect(existsSync(file)).toBe(false);
  });

  test('over a file', async () => {
    writeFileSync(file, 'mine');
    await expect(run({})).rejects.toThrow(`${file}: is there already; edit it and run "ampci check"`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('over a file that came up while somebody thought about the answers', async () => {
    const { baseurl: _, ...options } = complete;
    const ask = async () => {
      writeFileSync(file, 'mine');
      return 'https://github.com/acme';
    };
    await expect(run({ options, ask })).rejects.toThrow('is there already');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('through a link that leads nowhere', async () => {
    symlinkSync(join(folder, 'elsewhere'), file);
    await expect(run({})).rejects.toThrow('is there already');
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  test('into a folder that is not there', async () => {
    await expect(run({ file: join(folder, 'no', 'amp.yaml') })).rejects.toThrow('cannot be written: ENOENT');
  });
});
