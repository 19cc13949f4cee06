import { describe, expect, test } from 'vitest';
import { judgeForge } from '../../src/domain/judge-forge.ts';
import type { ForgeFacts, TokenFacts } from '../../src/domain/site-facts.ts';

const now = Date.UTC(2026, 8, 1, 12);
const dayMs = 86_400_000;

const token: TokenFacts = {
  kind: 'accepted',
  source: 'GITHUB_TOKEN',
  login: 'builder',
  scopes: ['repo'],
  expiresAt: null,
};

const forge: ForgeFacts = {
  asked: 'https://api.github.com',
  unreachable: null,
  token,
  quota: { limit: 5000, remaining: 4990, resetAt: now + 1_800_000 },
  clockAheadMs: 300,
  readableRepos: 12,
  repoTroubles: [],
};

const missing = { message: 'amp/x: not found', isHarmless: false };
const empty = { message: 'amp/y: is empty', isHarmless: true };

function judge(changes: Partial<ForgeFacts>) {
  return judgeForge({ ...forge, ...changes }, now).map(
    ({ item, state, found, wayOut }) => `${state} ${item}: ${found}${wayOut === null ? '' : ` -> ${wayOut}`}`,
  );
}

test('a forge where all is well', () => {
  expect(judge({})).toEqual([
    'ok forge: https://api.github.com',
    'ok token: GITHUB_TOKEN, of builder',
    'ok quota: 4990 of 5000 requests left until 2026-09-01 12:30 UTC',
    'ok clock: right',
    'ok repositories: 12 can be read',
  ]);
});

test('plain git has neither token nor quota', () => {
  expect(judge({ asked: 'git@host:acme', token: null, quota: null, clockAheadMs: null })).toEqual([
    'ok forge: git@host:acme',
    'ok repositories: 12 can be read',
  ]);
});

test('nothing is said about what could not be asked', () => {
  expect(judge({ unreachable: 'cannot reach https://api.github.com: check the proxy' })).toEqual([
    'problem forge: cannot reach https://api.github.com: check the proxy',
  ]);
});

describe('a token', () => {
  const soon = (days: number) => ({ ...token, expiresAt: now + days * dayMs + 1 });
  test.each<[string, TokenFacts, RegExp]>([
    [
      'none',
      { kind: 'none' },
      /^warning token: none -> export GITHUB_TOKEN in the crontab, or set "token_file" or "app"/,
    ],
    [
      'refused',
      { kind: 'refused', source: 'GH_TOKEN', message: 'is wrong' },
      /^problem token: GH_TOKEN: is wrong$/,
    ],
    [
      'without scopes',
      { ...token, scopes: [] },
      /^warning token: .* has no scope: private .* -> give it the scope "repo"$/,
    ],
    [
      'with few',
      { ...token, scopes: ['gist', 'read:org'] },
      /^warning token: .* has only gist, read:org: private/,
    ],
    ['fine-grained', { ...token, scopes: null, login: null }, /^ok token: GITHUB_TOKEN$/],
    ['ending in months', soon(90), /^ok token expiry: 2026-11-30$/],
    ['ending in two weeks', soon(14), /^ok token expiry: 2026-09-15$/],
    ['ending soon', soon(13), /^warning token expiry: 2026-09-14, in 13 days -> make a new token$/],
    ['ending tomorrow', soon(1), /^warning token expiry: 2026-09-02, in 1 day -> make a new token$/],
    ['of an App, for an hour', soon(0), /^ok token expiry: 2026-09-01$/],
    [
      'expired',
      { ...token, expiresAt: now - dayMs },
      /^problem token expiry: expired on 2026-08-31 -> make a new token$/,
    ],
  ])('%s', (_, changed, line) => {
    expect(judge({ token: changed })).toContainEqual(expect.stringMatching(line));
  });
});

test.each([
  [501, 'ok'],
  [499, 'warning'],
  [0, 'warning'],
])('a quota of 5000 with %i left: %s', (remaining, state) => {
  const quota = { limit: 5000, remaining, resetAt: now };
  expect(judge({ quota }).filter((line) => line.includes(' quota: '))[0]).toMatch(new RegExp(`^${state} `));
});

test.each([
  [-30_000, 'ok clock: 30 s off'],
  [90_000, "warning clock: 90 s ahead of the forge's -> let NTP set it (timedatectl set-ntp true)"],
  [-90_000, "warning clock: 90 s behind the forge's -> let NTP set it (timedatectl set-ntp true)"],
])('a clock %i ms ahead: %s', (clockAheadMs, line) => {
  expect(judge({ clockAheadMs })).toContain(line);
});

test.each([
  [0, [], ['problem repositories: none fits "repos" -> correct "repos"']],
  [0, [missing], ['problem repositories: amp/x: not found']],
  [2, [missing], ['ok repositories: 2 can be read', 'problem repositories: amp/x: not found']],
  [2, [empty], ['ok repositories: 2 can be read', 'warning repositories: amp/y: is empty']],
])('%i readable, troubles %j', (readableRepos, repoTroubles, lines) => {
  const told = judge({ readableRepos, repoTroubles });
  expect(told.filter((line) => line.includes(' repositories: '))).toEqual(lines);
});

test('a refused token leaves the rest unasked, and unjudged', () => {
  const refused = { kind: 'refused', source: 'token_file', message: 'can be read by others' } as const;
  expect(judge({ token: refused, readableRepos: 0 })).toEqual([
    'problem token: token_file: can be read by others',
  ]);
});
