import { describe, expect, test } from 'vitest';
import { asTrouble, GitTroubleError, troubleFrom } from '../../src/git/trouble.ts';
import { UserError } from '../../src/user-error.ts';

/** What git and servers were seen to say. */
const words: readonly (readonly [string, string])[] = [
  ['fatal: write error: No space left on device\nfatal: index-pack failed', 'disk_full'],
  [`error: unable to create temporary file: Disk quota exceeded`, 'disk_full'],
  [`error: unable to write file 'a'\nfatal: Could not reset index file to revision 'abc'.`, 'disk_full'],
  [`fatal: Unable to create '/srv/m.git/shallow.lock': Read-only file system`, 'read_only'],
  [`fatal: could not create leading directories of '/srv/m': Permission denied`, 'read_only'],
  [`fatal: Unable to create '/srv/m.git/packed-refs.lock': Permission denied`, 'read_only'],
  ['error: cannot fork() for git-remote-https: Resource temporarily unavailable', 'starved'],
  ['fatal: Out of memory, malloc failed (tried to allocate 4096 bytes)', 'starved'],
  ['Error: spawn setsid EAGAIN', 'starved'],
  ['Error: spawn setsid ENOENT', 'no_git'],
  ['setsid: failed to execute git: No such file or directory', 'no_git'],
  [`fatal: could not read Username for 'https://github.com': terminal prompts disabled`, 'forbidden'],
  [
    `error: unable to read askpass response from 'false'\nfatal: could not read Password for 'https://x@github.com'`,
    'forbidden',
  ],
  [
    `remote: Invalid username or token.\nfatal: Authentication failed for 'https://github.com/a/b/'`,
    'forbidden',
  ],
  [`fatal: unable to access 'https://github.com/a/b/': The requested URL returned error: 403`, 'forbidden'],
  [
    `git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.`,
    'forbidden',
  ],
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'forbidden'],
  [`fatal: detected dubious ownership in repository at '/srv/git/a.git'`, 'forbidden'],
  [`fatal: transport 'ext' not allowed`, 'forbidden'],
  [`remote: Repository not found.\nfatal: repository 'https://github.com/a/b/' not found`, 'missing'],
  [
    `fatal: '/srv/git/b.git' does not appear to be a git repository\nfatal: Could not read from remote repository.`,
    'missing',
  ],
  ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'missing'],
  [
    'fatal: remote error: upload-pack: not our ref 0123456789012345678901234567890123456789',
    'commit_missing',
  ],
  [
    'error: Server does not allow request for unadvertised object 0123456789012345678901234567890123456789',
    'sha_refused',
  ],
  [`fatal: couldn't find remote ref 0123456789012345678901234567890123456789`, 'sha_refused'],
  [`fatal: unable to access 'https://x/': Could not resolve host: x`, 'unreachable'],
  [
    `fatal: unable to access 'https://x/': Failed to connect to x port 443 after 1 ms: Couldn't connect to server`,
    'unreachable',
  ],
  [
    `fatal: unable to access 'https://x/': SSL certificate problem: unable to get local issuer certificate`,
    'unreachable',
  ],
  [`fatal: unable to access 'https://x/': The requested URL returned error: 502`, 'unreachable'],
  [
    'error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfatal: early EOF',
    'unreachable',
  ],
  [
    'ssh: connect to host github.com port 22: Connection timed out\nfatal: Could not read from remote repository.',
    'unreachable',
  ],
  [`fatal: https://x/info/refs not valid: is this a git repository?`, 'unreachable'],
  [
    `fatal: Unable to create '/srv/m.git/shallow.lock': File exists.\n\nAnother git process seems to be running`,
    'locked',
  ],
  [
    `error: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'`,
    'stale_refs',
  ],
  ['error: unable to create file xxx: File name too long', 'bad_path'],
  [`error: invalid path '.git/config'`, 'bad_path'],
  [`fatal: not a git repository: '/srv/m.git'`, 'unknown'],
  ['fatal: bad object refs/heads/main', 'unknown'],
  ['fatal: loose object 01 (stored in /srv/m.git/objects/01/23) is corrupt', 'unknown'],
  ['', 'unknown'],
];

describe('what git says', () => {
  test.each(words)('%j is %s', (stderr, kind) => {
    expect(troubleFrom(stderr, 'cannot fetch').kind).toBe(kind);
  });

  test('becomes one line with what is grave, without advice, progress and control characters', () => {
    const stderr = [
      'remote: Counting objects: 1\rremote: Counting objects: 2',
      'hint: do this',
      'error: first',
      'error: bad\u001b[31m thing',
      'fatal: it failed',
      '',
    ].join('\n');
    expect(troubleFrom(stderr, 'cannot fetch acme/web').message).toBe(
      'cannot fetch acme/web: git failed (git: error: bad [31m thing; fatal: it failed)',
    );
  });

  test('is cut where it goes on and on', () => {
    expect(troubleFrom(`fatal: ${'x'.repeat(10_000)}`, 'cannot fetch').message.length).toBeLessThan(400);
  });
});

describe('an error', () => {
  test.each([
    [new GitTroubleError('missing', 'gone'), { kind: 'missing', message: 'gone' }],
    [new UserError('mend it'), { kind: 'unknown', message: 'mend it' }],
    [new DOMException('x', 'AbortError'), { kind: 'stopped', message: 'cannot: stopped' }],
    [systemError('ENOSPC: no space left on device, write'), { kind: 'disk_full' }],
    [systemError('EROFS: read-only file system, mkdir'), { kind: 'read_only' }],
    [systemError('EACCES: permission denied, mkdir'), { kind: 'read_only' }],
    [systemError('EMFILE: too many open files, open'), { kind: 'starved' }],
  ])('%o is trouble', (error, trouble) => {
    expect(asTrouble(error, 'cannot')).toMatchObject(trouble);
  });

  test('that is a mistake in the program stays one', () => {
    expect(() => asTrouble(new TypeError('x is not a function'), 'cannot')).toThrow(TypeError);
  });
});

/** NAME: where git puts the name of a branch, a repository or a folder. */
const aboutNames: readonly (readonly [string, string])[] = [
  [
    `error: cannot lock ref 'refs/heads/NAME/2': 'refs/heads/NAME' exists; cannot create 'refs/heads/NAME/2'`,
    'stale_refs',
  ],
  [`error: some local refs could not be updated; try running\n 'git remote prune NAME'`, 'stale_refs'],
  [`fatal: Unable to create '/srv/NAME/mirrors/a.git/shallow.lock': File exists.`, 'locked'],
  [`fatal: not a git repository: '/srv/mirrors/acme%2FNAME.git'`, 'unknown'],
  ['fatal: bad object refs/heads/NAME', 'unknown'],
  ['error: refs/heads/NAME does not point to a valid object!', 'unknown'],
  [' * [new branch] NAME -> NAME\nfatal: bad object HEAD', 'unknown'],
  [`error: object file /srv/NAME/objects/01/23 is empty\nfatal: it failed`, 'unknown'],
  [`fatal: unexpected line in /srv/NAME/packed-refs: nonsense`, 'unknown'],
  [`fatal: '/srv/git/NAME.git' does not appear to be a git repository`, 'missing'],
  [`fatal: unable to access 'https://x/NAME/': Could not resolve host: x`, 'unreachable'],
  [`fatal: unable to access 'https://x/NAME/': The requested URL returned error: 403`, 'forbidden'],
  [`fatal: Unable to create '/srv/NAME.git/packed-refs.lock': Permission denied`, 'read_only'],
  [`fatal: couldn't find remote ref refs/heads/NAME`, 'sha_refused'],
];

/** The words of all kinds of trouble, as they can stand in a name. */
const names = [
  ...['openssl', 'fix-ssl', 'fix-timeout', 'timedout', 'tls', 'certificate', 'SSL_connect', "it's-ssl"],
  ...['EAGAIN', 'EMFILE', 'ENOMEM', 'ENOENT', 'early-eof', 'hung-up', 'rpc-failed', 'bad-line-length'],
  ...['cannot-fork', 'access-denied', 'repository-not-found', 'not-our-ref', 'refname-conflict'],
  ...['file-exists', 'no-space-left-on-device', 'read-only-file-system', 'connection-refused', '403'],
];

/** Folders, unlike branches, may have blanks in their names. Git puts those between quotes. */
const namesWithBlanks = ['timed out', 'early EOF', 'not our ref', 'no space left on device', 'RPC failed'];

describe('a name', () => {
  test.each([
    ...aboutNames.flatMap(([said, kind]) => names.map((name) => [said, name, kind] as const)),
    ...aboutNames
      .filter(([said]) => /^[^']*'[^']*NAME[^']*'[^']*$/.test(said))
      .flatMap(([said, kind]) => namesWithBlanks.map((name) => [said, name, kind] as const)),
  ])('does not turn %j into other trouble: %s', (said, name, kind) => {
    expect(troubleFrom(said.replaceAll('NAME', name), 'cannot fetch').kind).toBe(kind);
  });
});

function systemError(message: string): Error {
  return Object.assign(new Error(message), { syscall: 'write' });
}
