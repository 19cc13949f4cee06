import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { UserError } from '../../src/user-error.ts';

function parse(text: string, githubApiUrl?: string) {
  return parseConfig({ label: 'amp.yaml', file: '/etc/ampci/amp.yaml', text, githubApiUrl });
}

function mistakesIn(text: string, githubApiUrl?: string): readonly string[] {
  try {
    parse(text, githubApiUrl);
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return error.message.split('\n');
    throw error;
  }
  return [];
}

const valid = `baseurl: https://github.com/acme
repos: [tool]
scripts: {'*': [build]}
`;

test("the predecessor's file is valid as it is", () => {
  const text = readFileSync(new URL('fixtures/predecessor.yaml', import.meta.url), 'utf8');
  const owner = 'AudiovisualMetadataPlatform';
  const inherited = { branches: null, scripts: null, timeoutMs: null, submodules: null, env: null };
  expect(parse(text)).toEqual({
    file: '/etc/ampci/amp.yaml',
    server: 'https://github.com',
    owner,
    forge: 'github',
    apiUrl: 'https://api.github.com',
    repos: [
      { owner, name: 'amppd', glob: false, ...inherited, line: 11 },
      { owner, name: 'amppd-ui', glob: false, ...inherited, line: 12 },
    ],
    bootstrap: 'amp_bootstrap',
    bootstrapBranch: null,
    bootstrapRebuilds: 'default_branch',
    firstPoll: 'default_branch',
    branches: null,
    scripts: [{ key: '*', scripts: ['build_packages', 'distribute_to_liger'], line: 6 }],
    workers: 5,
    timeoutMs: 7_200_000,
    graceMs: 10_000,
    temproot: '/srv/scratch',
    datadir: '/etc/ampci',
    keepWorkspace: 'never',
    fullPollEveryMs: 600_000,
    maxLogSizeBytes: 200_000_000,
    minFreeDiskBytes: 1_000_000_000,
    retention: { builds: 100, days: 90 },
    env: [],
    submodules: true,
    credential: { kind: 'environment' },
    logFormat: 'text',
    ignoredKeys: ['host', 'port'],
  });
});

describe('a setting means', () => {
  test.each([
    ['bootstrap: null', { bootstrap: null }],
    ['bootstrap: boot', { bootstrap: 'boot' }],
    ['bootstrap: tools/boot', { bootstrap: 'tools/boot' }],
    ['bootstrap_branch: stable', { bootstrapBranch: 'stable' }],
    ['bootstrap_rebuilds: [main, release/*]', { bootstrapRebuilds: ['main', 'release/*'] }],
    ['first_poll: all', { firstPoll: 'all' }],
    ["branches: ['*', '!wip']", { branches: { patterns: ['*', '!wip'], line: 4 } }],
    ['branches: [1.10, true]', { branches: { patterns: ['1.10', 'true'], line: 4 } }],
    ['timeout: 90s', { timeoutMs: 90_000 }],
    ['grace: 0s', { graceMs: 0 }],
    ['full_poll_every: 1h', { fullPollEveryMs: 3_600_000 }],
    ['temproot: scratch', { temproot: '/etc/ampci/scratch' }],
    ['temproot:', { temproot: tmpdir() }],
    ['datadir: ../data', { datadir: '/etc/data' }],
    ['max_log_size: 2GiB', { maxLogSizeBytes: 2 ** 31 }],
    ['min_free_disk: 0B', { minFreeDiskBytes: 0 }],
    ['retention: {days: 7}', { retention: { builds: 100, days: 7 } }],
    ['retention:', { retention: { builds: 100, days: 90 } }],
    ['submodules: false', { submodules: false }],
    ['log_format: json', { logFormat: 'json' }],
    ['executor: local', {}],
    ['notify:', {}],
    ['token_file: token', { credential: { kind: 'token_file', path: '/etc/ampci/token' } }],
    [
      'app: {id: 1, private_key_file: key.pem}',
      { credential: { kind: 'app', id: 1, installationId: null, privateKeyFile: '/etc/ampci/key.pem' } },
    ],
    ['api_url: https://ghe.example.org/api/v3/', { apiUrl: 'https://ghe.example.org/api/v3' }],
    ['forge: git', { forge: 'git', apiUrl: null }],
  ])('%s: %j', (line, settings) => {
    expect(parse(`${valid}${line}\n`)).toMatchObject(settings);
  });

  test('variables: numbers and booleans as they are written, secrets marked', () => {
    const { env } = parse(
      `${valid}env: {A: 1.10, B: yes, C: true, D: '', secret: 007, E: {value: 1e3, secret: true}}`,
    );
    expect(env).toEqual([
      { name: 'A', value: '1.10', secret: false },
      { name: 'B', value: 'yes', secret: false },
      { name: 'C', value: 'true', secret: false },
      { name: 'D', value: '', secret: false },
      { name: 'secret', value: '007', secret: false },
      { name: 'E', value: '1e3', secret: true },
    ]);
  });

  test('the keys of scripts: text, in the order of the file', () => {
    const text =
      "baseurl: https://github.com/acme\nrepos: [x]\nscripts:\n  b: [x]\n  1.10: [y]\n  '3': [z, z]\n  __proto__: [p]\n";
    expect(parse(text).scripts).toEqual([
      { key: 'b', scripts: ['x'], line: 4 },
      { key: '1.10', scripts: ['y'], line: 5 },
      { key: '3', scripts: ['z', 'z'], line: 6 },
      { key: '__proto__', scripts: ['p'], line: 7 },
    ]);
  });

  test('an entry of repos: a name, an owner and a name, a glob, or a map that overrides', () => {
    const text = `baseurl: https://github.com/acme
scripts: {'*': [build]}
repos:
  - 2048
  - other/tool
  - 'amp_*'
  - &defaults
    name: ui
    branches: [main]
    timeout: 5m
    submodules: false
    env: {A: b}
  - <<: *defaults
    name: api
    scripts:
      main: [x]
`;
    const nothing = { branches: null, scripts: null, timeoutMs: null, submodules: null, env: null };
    const env = [{ name: 'A', value: 'b', secret: false }];
    const overrides = { owner: 'acme', glob: false, timeoutMs: 300_000, submodules: false, env };
    expect(parse(text).repos).toEqual([
      { owner: 'acme', name: '2048', glob: false, ...nothing, line: 4 },
      { owner: 'other', name: 'tool', glob: false, ...nothing, line: 5 },
      { owner: 'acme', name: 'amp_*', glob: true, ...nothing, line: 6 },
      { ...overrides, name: 'ui', scripts: null, branches: { patterns: ['main'], line: 9 }, line: 8 },
      {
        ...overrides,
        name: 'api',
        scripts: [{ key: 'main', scripts: ['x'], line: 16 }],
        branches: { patterns: ['main'], line: 13 },
        line: 13,
      },
    ]);
  });
});

describe('a mistake is told with its place, what was found and what is allowed', () => {
  test.each([
    ['workrs: 5', '4:1: workrs: unknown key; did you mean workers?'],
    ['workers: 0', '4:10: workers: expected workers (a whole number from 1 to 256), got 0'],
    ['workers: lots', '4:10: workers: expected workers (a whole number from 1 to 256), got "lots"'],
    ['workers: 1.5', '4:10: workers: expected workers (a whole number from 1 to 256), got 1.5'],
    ['timeout: 30', '4:10: timeout: expected a duration such as 90s, 10m, 2h or 30d, got 30'],
    ['timeout: soon', '4:10: timeout: expected a duration such as 90s, 10m, 2h or 30d, got "soon"'],
    ['timeout: 0s', '4:10: timeout: expected more than 0 for the time that a build may take'],
    ['timeout: 30d', '4:10: timeout: at most 24d'],
    ['max_log_size: 5', '4:15: max_log_size: expected a size such as 500MB or 2GiB, got 5'],
    ['first_poll: never', '4:13: first_poll: expected "default_branch" or "none" or "all", got "never"'],
    ['submodules: yes', '4:13: submodules: expected true or false, got "yes"'],
    ['branches: main', '4:11: branches: expected a list of globs, got "main"; write ["main"]'],
    ['branches: []', '4:11: branches: expected a list of globs, got an empty one'],
    ["branches: ['a[']", '4:12: branches[0]: "a[" is no glob: its [ has no ]'],
    ["branches: ['!']", '4:12: branches[0]: "!" is no glob: it is empty'],
    ['branches: [[main]]', '4:12: branches[0]: expected a glob, got a list'],
    ['bootstrap: "amp_*"', '4:12: bootstrap: expected one repository, got the glob "amp_*"'],
    ['bootstrap_branch: "a b"', '4:19: bootstrap_branch: "a b" is no branch\'s name'],
    [
      'bootstrap_rebuilds: main',
      '4:21: bootstrap_rebuilds: expected "default_branch" or a list of globs, got "main"',
    ],
    ['temproot: ~/x', '4:11: temproot: "~/x": only a shell knows "~"; write the whole path'],
    ['temproot: [x]', '4:11: temproot: expected a path, got a list'],
    ['env: {AMPCI_SHA: x}', '4:7: env.AMPCI_SHA: is set by ampci itself; choose another name'],
    ['env: {TMPDIR: x}', '4:7: env.TMPDIR: is set by ampci to a folder inside the workspace'],
    ['env: {A-B: x}', '4:7: env.A-B: is no name of a variable (letters, digits and "_")'],
    ['env: {A: "x\\0"}', '4:10: env.A: holds a NUL byte, which no environment can'],
    ['env: {A: }', '4:10: env.A: expected text, got nothing'],
    ['env: {A: {valu: x, value: y}}', '4:11: env.A.valu: unknown key; did you mean value?'],
    ['env: {A: {secret: true}}', "4:10: env.A.value: is missing; expected the variable's value"],
    ['env: [A]', '4:6: env: expected a map from names to values, got a list'],
    ['retention: 5', '4:12: retention: expected a map of builds and days, got 5'],
    ['retention: {day: 5}', '4:13: retention.day: unknown key; did you mean days?'],
    ['notify: {mail: x}', '4:9: notify: is not supported yet; remove it'],
    ['report: x', '4:9: report: is not supported yet; remove it'],
    ['executor: slurm', '4:11: executor: "slurm" is not supported yet; write "local"'],
    ['api_url: ghe', '4:10: api_url: expected the address of an API, such as https://HOST/api/v3, got "ghe"'],
    ['app: {id: 1}', "4:6: app.private_key_file: is missing; expected the file with the App's private key"],
    [
      'app: {id: 1, private_key_file: k}\ntoken_file: t',
      '4:6: app: and token_file exclude each other; remove one',
    ],
    [
      'forge: git\napi_url: https://x/y',
      '5:10: api_url: is only for GitHub, and plain git is asked here; remove it',
    ],
    [
      'token: abc',
      '4:1: token: secrets are never in this file; use token_file, app, or GITHUB_TOKEN in the environment',
    ],
    ['workers: 2\nworkers: 3', '5:1: the key "workers" is there twice; remove one'],
    ['\tworkers: 2', '4:1: a tab indents this line; YAML allows only spaces'],
    ['branches: [!topic/*]', '4:12: "!topic/*" starts with "!" and needs quotes: \'!topic/*\''],
    ['branches:\n  - *', '5:5: "*" starts with "*" and needs quotes: \'*\''],
    ['branches:\n  - *-ui', '5:5: "*-ui" starts with "*" and needs quotes: \'*-ui\''],
    ['---\nworkers: 2', '4:1: a second document starts here ("---"); keep one'],
  ])('%s', (line, mistake) => {
    expect(mistakesIn(`${valid}${line}\n`)).toContain(`amp.yaml:${mistake}`);
    expect(mistakesIn(`${valid}${line}\n`)).toHaveLength(1);
  });

  test.each([
    ["- ''", '4:5: repos[0]: expected NAME, OWNER/NAME or a glob, got ""'],
    ['- a/b/c', '4:5: repos[0]: expected NAME, OWNER/NAME or a glob, got "a/b/c"'],
    ['- ../x', '4:5: repos[0]: ".." is no owner\'s name'],
    ['- ..', '4:5: repos[0]: ".." is no repository\'s name'],
    ['- -x', '4:5: repos[0]: "-x" is no repository\'s name'],
    ['- a b', '4:5: repos[0]: "a b" is no repository\'s name'],
    ['- ünï', '4:5: repos[0]: "ünï" is no repository\'s name on GitHub (letters, digits, "-", "_" and ".")'],
    ["- 'a*/b'", '4:5: repos[0]: "a*" is no owner\'s name'],
    ["- '[a'", '4:5: repos[0]: "[a" is no glob: its [ has no ]'],
    ['- x\n  - x', '5:5: repos[1]: "x" is already repos[0]; remove one'],
    ['- {}', '4:5: repos[0].name: is missing; expected the name of the repository'],
    ['- [x]', '4:5: repos[0]: expected the name of a repository or a map, got a list'],
    [
      '- {name: x, workers: 3}',
      '4:15: repos[0].workers: is a setting for the top level only; allowed here: name, branches, scripts, timeout, submodules, env',
    ],
    ['- {name: x, branch: [y]}', '4:15: repos[0].branch: unknown key; did you mean branches?'],
    ['- {name: x, branches: y}', '4:25: repos[0].branches: expected a list of globs, got "y"; write ["y"]'],
  ])('repos: %s', (entry, mistake) => {
    const text = `baseurl: https://github.com/acme\nscripts: {'*': [build]}\nrepos:\n  ${entry}\n`;
    expect(mistakesIn(text)).toEqual([`amp.yaml:${mistake}`]);
  });

  test.each([
    ["'*': build", '4:8: scripts["*"]: expected a list of scripts, got "build"; write ["build"]'],
    ['main: []', '4:9: scripts.main: expected a list of scripts, got an empty one'],
    ["main: ['']", '4:10: scripts.main[0]: expected a path, got ""'],
    ["'!main': [x]", '4:3: scripts["!main"]: excludes belong into "branches"'],
    ["'a[': [x]", '4:3: scripts["a["]: is no glob: its [ has no ]'],
    ['', '1:1: scripts: is missing; expected what to run, such as {"*": [build.sh]}'],
  ])('scripts: %s', (entry, mistake) => {
    const text = `baseurl: https://github.com/acme\nrepos: [x]\nscripts:\n  ${entry}\n`;
    expect(mistakesIn(text).map((line) => line.replace(/^amp.yaml:3:9/, 'amp.yaml:1:1'))).toEqual([
      `amp.yaml:${mistake}`,
    ]);
  });

  test.each(['', '# nothing\n', '---\n'])('an empty file (%j)', (text) => {
    expect(mistakesIn(text)[0]).toMatch(/^amp.yaml:\d:\d: expected a map of settings .*, got nothing$/);
  });

  test('with nothing that a terminal would obey, on one line, never long', () => {
    const [mistake] = mistakesIn(`${valid}first_poll: "\\e[2J\\x9b\\n${'x'.repeat(500)}"\n`);
    expect(mistake).toMatch(/got "\\u001b\[2J\ufffd\\nx+\.\.\."$/);
    expect(mistake?.length).toBeLessThan(160);
  });
});

test('all mistakes are told at once, in the order of the file', () => {
  const text = `baseurl: /srv/git
workers: many
scripts: {'*': build}
repos: [a, a, 'b c']
timeout: 5
unknown_thing: 1
`;
  expect(mistakesIn(text, 'nonsense').map((line) => /^[^ ]+ [^ ]+/.exec(line)?.[0])).toEqual([
    'amp.yaml:1:10: baseurl:',
    'amp.yaml:2:10: workers:',
    'amp.yaml:3:16: scripts["*"]:',
    'amp.yaml:4:12: repos[1]:',
    'amp.yaml:4:15: repos[2]:',
    'amp.yaml:5:10: timeout:',
    'amp.yaml:6:1: unknown_thing:',
    'GITHUB_API_URL in',
  ]);
});

const configuredApi = 'api_url: https://configured/api\n';
test.each([
  ['https://github.com/acme', '', undefined, 'github', 'https://api.github.com'],
  ['https://ghe.example.org/acme/', '', undefined, 'github', 'https://ghe.example.org/api/v3'],
  ['http://127.0.0.1:8080/acme', '', undefined, 'github', 'http://127.0.0.1:8080/api/v3'],
  ['https://github.com/acme', '', 'http://127.0.0.1:9/', 'github', 'http://127.0.0.1:9'],
  ['https://github.com/acme', configuredApi, 'http://127.0.0.1:9/', 'github', 'https://configured/api'],
  ['https://git.example.org/team/sub', 'forge: git\n', 'http://127.0.0.1:9/', 'git', null],
  ['file:///srv/git', '', undefined, 'git', null],
  ['ssh://git@host/acme', '', undefined, 'git', null],
  ['git@github.com:acme', '', undefined, 'git', null],
])('at %s (%j, GITHUB_API_URL %s) heads come from %s, %s', (baseurl, more, environment, forge, apiUrl) => {
  const text = `baseurl: ${baseurl}\nrepos: [x]\nscripts: {'*': [y]}\n${more}`;
  expect(parse(text, environment)).toMatchObject({ forge, apiUrl });
});

test.each([
  [
    'https://git.example.org/team/sub',
    '',
    '1:10: baseurl: expected https://HOST/OWNER; for another git server add "forge: git"',
  ],
  ['git@host:acme', 'forge: github', '4:8: forge: github needs a baseurl that starts with https://'],
])('%s with %j is a mistake', (baseurl, more, mistake) => {
  const text = `baseurl: ${baseurl}\nrepos: [x]\nscripts: {'*': [y]}\n${more}`;
  expect(mistakesIn(text)).toEqual([`amp.yaml:${mistake}`]);
});

test('plain git cannot list repositories, unless they are in a folder', () => {
  const text = (baseurl: string) => `baseurl: ${baseurl}\nrepos: ['*']\nscripts: {'*': [y]}\n`;
  expect(mistakesIn(text('file:///srv/git'))).toEqual([]);
  expect(mistakesIn(text('git@host:acme'))).toEqual([
    'amp.yaml:2:9: repos[0]: plain git cannot list repositories; name them instead of "*"',
  ]);
});

describe('whatever the file holds, the outcome is a configuration or a list of mistakes', () => {
  const outcome = (text: string) => {
    const mistakes = mistakesIn(text);
    if (mistakes.length > 0) for (const line of mistakes) expect(line).toMatch(/^amp\.yaml:\d+:\d+: ./);
    else expect(JSON.parse(JSON.stringify(parse(text)))).toEqual(parse(text));
  };

  test('any text', () => {
    const yamlish = fc.string({
      unit: fc.constantFrom(...'ab:-?*&![]{}\'",#|>%@`~ \n\t\\0.<'),
      maxLength: 40,
    });
    fc.assert(fc.property(fc.oneof(fc.string(), yamlish), outcome), { numRuns: 2000 });
  });

  const keys = Object.keys(parse(valid)).map((key) =>
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
  const specKeys = [
    'baseurl',
    'repos',
    'scripts',
    'branches',
    'timeout',
    'app',
    'env',
    'retention',
    'name',
    '*',
  ];
  const key = fc.constantFrom(...keys, ...specKeys, 'builds', 'days', 'value', 'secret', '__proto__');
  const word = fc.constantFrom(
    'https://github.com/a',
    'file:/x',
    '2h',
    '1GB',
    'main',
    '!x',
    'a/b',
    '{',
    '',
    'git',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), word, tie('map'), tie('list')),
    map: fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
    list: fc.array(tie('tree'), { maxLength: 3 }),
  }));

  test('any settings', () => {
    const settings = fc.dictionary(key, tree, { maxKeys: 12 });
    fc.assert(
      fc.property(settings, (each) => outcome(JSON.stringify(each))),
      { numRuns: 1000 },
    );
  });

  test('any change of a valid file', () => {
    const text = readFileSync(new URL('fixtures/predecessor.yaml', import.meta.url), 'utf8');
    const edit = fc.tuple(fc.nat(text.length), fc.nat(20), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(edit, ([at, removed, added]) =>
        outcome(text.slice(0, at) + added + text.slice(at + removed)),
      ),
      { numRuns: 1000 },
    );
  });
});
