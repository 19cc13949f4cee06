import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { gitEnvironment } from '../../src/git/environment.ts';

const base = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

function configured(env: Record<string, string>, ...args: readonly string[]): string {
  try {
    return execFileSync('git', ['config', ...args], { env, encoding: 'utf8', cwd: '/' }).trimEnd();
  } catch {
    return '';
  }
}

describe("git's environment", () => {
  test.each([
    ['https://github.com/acme/web.git', true],
    ['https://github.com/other/web.git', true],
    ['https://github.com.evil.example/acme/web.git', false],
    ['https://evil.example/https://github.com/', false],
    ['http://github.com/acme/web.git', false],
    ['https://github.com:8443/acme/web.git', false],
    ['https://api.github.com/', false],
  ])('sends the token of https://github.com to %s: %s', (url, isSent) => {
    const env = gitEnvironment({ base, server: 'https://github.com', token: 'secret' });
    const header = configured(env, '--get-urlmatch', 'http.extraHeader', url);
    expect(header).toBe(isSent ? 'Authorization: Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0' : '');
  });

  test('goes on where GIT_CONFIG_COUNT of the site ended', () => {
    const site = {
      ...base,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.proxy',
      GIT_CONFIG_VALUE_0: 'http://proxy',
    };
    const env = gitEnvironment({ base: site, server: 'https://x', token: null, settings: { 'a.b': 'c' } });
    expect(configured(env, 'http.proxy')).toBe('http://proxy');
    expect(configured(env, 'core.hooksPath')).toBe('/dev/null');
    expect(configured(env, 'a.b')).toBe('c');
  });

  test('has what the site needs to reach servers, and nothing that moves a repository', () => {
    const reach = {
      HTTPS_PROXY: 'p',
      GIT_SSL_CAINFO: 'c',
      GIT_SSH_COMMAND: 'ssh -i key',
      SSH_AUTH_SOCK: 's',
    };
    const moves = {
      GIT_DIR: 'd',
      GIT_WORK_TREE: 'w',
      GIT_INDEX_FILE: 'i',
      GIT_NAMESPACE: 'n',
      GIT_TRACE: '1',
    };
    const env = gitEnvironment({ base: { ...base, ...reach, ...moves }, server: 'https://x', token: null });
    expect(env).toMatchObject(reach);
    expect(Object.keys(env).filter((name) => name in moves)).toEqual([]);
  });
});
