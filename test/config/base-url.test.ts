import { describe, expect, test } from 'vitest';
import { parseBaseUrl } from '../../src/config/base-url.ts';

test.each([
  ['https://github.com/acme', 'web', 'https://github.com', 'acme'],
  ['https://github.com/acme/', 'web', 'https://github.com', 'acme'],
  ['http://127.0.0.1:8080/acme', 'web', 'http://127.0.0.1:8080', 'acme'],
  ['https://git.example.org/group/team', 'web', 'https://git.example.org/group', 'team'],
  ['file:///srv/git', 'git', 'file:///srv', 'git'],
  ['file:/srv/git/', 'git', 'file:///srv', 'git'],
  ['file://localhost/srv/git', 'git', 'file:///srv', 'git'],
  ['file:///git', 'git', 'file://', 'git'],
  ['file:///srv/a b%20c/git', 'git', 'file:///srv/a b%20c', 'git'],
  ['ssh://git@host:2222/acme', 'git', 'ssh://git@host:2222', 'acme'],
  ['ssh://host/group/acme', 'git', 'ssh://host/group', 'acme'],
  ['git://host/acme', 'git', 'git://host', 'acme'],
  ['git@github.com:acme', 'git', 'git@github.com:', 'acme'],
  ['git@host:group/acme', 'git', 'git@host:group', 'acme'],
  ['git@host:/srv/git', 'git', 'git@host:/srv', 'git'],
  ['git@host:/git', 'git', 'git@host:/', 'git'],
  ['git.example.org:acme', 'git', 'git.example.org:', 'acme'],
])('%s is a %s address: %s and %s', (text, kind, server, owner) => {
  expect(parseBaseUrl(text)).toEqual({ kind, server, owner });
});

describe('no address of an owner', () => {
  test.each([
    ['', 'expected the address of an owner, such as https://github.com/OWNER, got ""'],
    ['acme', 'expected the address of an owner, such as https://github.com/OWNER, got "acme"'],
    [
      'https://github.com',
      'names no owner; expected the address of an owner, such as https://github.com/OWNER',
    ],
    ['/srv/git', 'expected a URL, got "/srv/git"; write "file:///srv/git"'],
    ['file:srv/git', 'expected an absolute folder as in file:///srv/git, got "file:srv/git"'],
    ['file://host/srv', 'expected an absolute folder as in file:///srv/git, got "file://host/srv"'],
    ['file:///srv/../git', 'expected a path without "." and "..", got "/srv/../git"'],
  ])('%s: %s', (text, mistake) => {
    expect(parseBaseUrl(text)).toBe(mistake);
  });

  test.each([
    'https://user:secret@github.com/acme',
    'https://secret@github.com/acme',
    'ssh://git:secret@host/acme',
  ])('credentials are refused and not repeated: %s', (text) => {
    expect(parseBaseUrl(text)).toMatch(/^holds credentials, which do not belong/);
  });
});
