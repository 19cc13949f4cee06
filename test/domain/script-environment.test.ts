import { describe, expect, test } from 'vitest';
import { type ScriptSurroundings, scriptEnvironment } from '../../src/domain/script-environment.ts';

const surroundings: ScriptSurroundings = {
  inherited: { PATH: '/usr/bin:/bin', HOME: '/home/ci', EMPTY: '', UNSET: undefined },
  settings: [{ name: 'JAVA_HOME', value: '/opt/java', secret: false }],
  tokens: ['ghp_secretsecret'],
  build: {
    id: 12,
    repo: 'amppd',
    branch: 'feature/x|$(id)',
    sha: 'a'.repeat(40),
    previousSha: null,
    bootstrapSha: 'b'.repeat(40),
    reason: 'push',
  },
  workspace: '/scratch/ampci-d1-12-0f',
  mark: 'd1.12',
};

test('the environment of a script is all of this and nothing else', () => {
  expect(scriptEnvironment(surroundings)).toEqual({
    PATH: '/usr/bin:/bin',
    HOME: '/home/ci',
    EMPTY: '',
    JAVA_HOME: '/opt/java',
    CI: 'true',
    TMP: '/scratch/ampci-d1-12-0f/tmp',
    TMPDIR: '/scratch/ampci-d1-12-0f/tmp',
    TEMP: '/scratch/ampci-d1-12-0f/tmp',
    AMPCI_BUILD_ID: '12',
    AMPCI_REPO: 'amppd',
    AMPCI_BRANCH: 'feature/x|$(id)',
    AMPCI_REF: 'refs/heads/feature/x|$(id)',
    AMPCI_SHA: 'a'.repeat(40),
    AMPCI_PREVIOUS_SHA: '',
    AMPCI_BOOTSTRAP_SHA: 'b'.repeat(40),
    AMPCI_REASON: 'push',
    AMPCI_WORKSPACE: '/scratch/ampci-d1-12-0f',
    AMPCI_BUILD_MARK: 'd1.12',
  });
});

describe('withholds', () => {
  const basic = btoa('x-access-token:ghp_secretsecret');
  test.each([
    ['GITHUB_TOKEN', 'x'],
    ['GH_TOKEN', 'x'],
    ['GH_ENTERPRISE_TOKEN', 'x'],
    ['GITHUB_PACKAGES_TOKEN_2', 'x'],
    ['AMPCI_CONFIG', '/etc/amp.yaml'],
    ['AMPCI_CRASH_AT', 'x'],
    ['AMPCI_CLOCK_OFFSET_MS', '1'],
    ['MY_TOKEN', 'ghp_secretsecret'],
    ['REMOTE', 'https://ghp_secretsecret@github.com/'],
    ['HEADER', `AUTHORIZATION: basic ${basic}`],
    ['GIT_CONFIG_PARAMETERS', `'http.https://github.com/.extraheader=AUTHORIZATION: basic xyz'`],
  ])('%s', (name, value) => {
    const given = { ...surroundings, inherited: { [name]: value, KEPT: 'x' } };
    const environment = scriptEnvironment(given);
    expect(environment[name]).toBeUndefined();
    expect(environment.KEPT).toBe('x');
  });

  test("all of git's configuration by environment when it authorizes", () => {
    const inherited = {
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'core.pager',
      GIT_CONFIG_VALUE_0: 'cat',
      GIT_CONFIG_KEY_1: 'http.https://github.com/.extraHeader',
      GIT_CONFIG_VALUE_1: 'AUTHORIZATION: basic xyz',
      GIT_CONFIG_GLOBAL: '/dev/null',
    };
    const names = Object.keys(scriptEnvironment({ ...surroundings, inherited }));
    expect(names.filter((name) => name.startsWith('GIT_'))).toEqual(['GIT_CONFIG_GLOBAL']);
  });
});

test.each([
  ['NPM_TOKEN', 'for npm'],
  ['GITHUB_SERVER_URL', 'https://github.com'],
  ['TOKEN', 'x'],
  ['GIT_CONFIG_COUNT', '0'],
])('%s of the crontab reaches the scripts', (name, value) => {
  expect(scriptEnvironment({ ...surroundings, inherited: { [name]: value } })[name]).toBe(value);
});

test('`env` overrides what cron has, may hand out a secret on purpose, and cannot feign a build', () => {
  const settings = [
    { name: 'HOME', value: '/elsewhere', secret: false },
    { name: 'GITHUB_TOKEN', value: 'ghp_forscripts', secret: true },
    { name: 'AMPCI_BUILD_MARK', value: 'd1.13', secret: false },
  ];
  expect(scriptEnvironment({ ...surroundings, settings })).toMatchObject({
    HOME: '/elsewhere',
    GITHUB_TOKEN: 'ghp_forscripts',
    AMPCI_BUILD_MARK: 'd1.12',
  });
});
