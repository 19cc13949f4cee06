import { describe, expect, test } from 'vitest';
import { judgeSite } from '../../src/domain/judge-site.ts';
import type { FolderFacts, ScriptFacts, SiteFacts } from '../../src/domain/site-facts.ts';
import { configWith } from './config-fixture.ts';

const folder: FolderFacts = {
  path: '/srv/scratch',
  found: 'folder',
  writable: true,
  freeBytes: 5e9,
  mount: { point: '/srv', options: ['rw', 'relatime'] },
};

const script: ScriptFacts = {
  name: 'build',
  path: '/etc/ampci/build',
  key: '*',
  line: 5,
  found: 'script',
  interpreter: '/bin/sh',
  interpreterFound: true,
};

const facts: SiteFacts = {
  scripts: [script],
  gitVersion: '2.47.3',
  temproot: folder,
  datadir: { ...folder, path: '/var/lib/ampci' },
  database: { kind: 'usable', file: '/var/lib/ampci/ampci.db' },
  forge: null,
};

function judge(changes: Partial<SiteFacts>, config = configWith()) {
  return judgeSite(config, { ...facts, ...changes }, 0).map(
    ({ item, state, found, wayOut }) => `${state} ${item}: ${found}${wayOut === null ? '' : ` -> ${wayOut}`}`,
  );
}

test('a site where all is well', () => {
  expect(judge({})).toEqual([
    'ok configuration: /etc/ampci/amp.yaml',
    'ok scripts: build',
    'ok git: 2.47.3',
    'ok temproot: /srv/scratch, 5.0 GB free',
    'ok datadir: /var/lib/ampci, 5.0 GB free',
    'ok database: /var/lib/ampci/ampci.db',
    'skipped forge: not asked (--offline)',
  ]);
});

test("the predecessor's settings are mentioned once", () => {
  const [configuration] = judge({}, configWith({ ignoredKeys: ['host', 'port'] }));
  expect(configuration).toBe(
    'ok configuration: /etc/ampci/amp.yaml (host and port are settings of a listener, and ignored)',
  );
});

describe('a script', () => {
  test.each<[string, Partial<ScriptFacts>, string]>([
    ['missing', { found: 'missing' }, 'does not exist -> create it, or correct scripts["*"], line 5'],
    ['a folder', { found: 'no_file' }, 'is no file -> correct scripts["*"], line 5'],
    ['unreadable', { found: 'unreadable' }, 'may not be read -> change its owner or mode'],
    ['not executable', { found: 'not_executable' }, 'is not executable -> chmod +x /etc/ampci/build'],
    ['plain text', { found: 'text' }, 'has no "#!" line -> start it with #!/bin/sh, or what it is for'],
    [
      'made on Windows',
      { interpreter: '/bin/sh\r', interpreterFound: false },
      `has Windows line ends, and its "#!" line fails with them -> sed -i 's/\\r$//' /etc/ampci/build`,
    ],
    [
      'without its interpreter',
      { interpreter: '/usr/bin/ruby', interpreterFound: false },
      'wants /usr/bin/ruby, which is not there -> install it, or correct the "#!" line',
    ],
  ])('%s', (_, changes, words) => {
    const told = judge({ scripts: [script, { ...script, ...changes }] });
    expect(told.filter((line) => / scripts: /.test(line))).toEqual([
      `problem scripts: /etc/ampci/build ${words}`,
    ]);
  });

  test('a program is fine', () => {
    expect(judge({ scripts: [{ ...script, found: 'binary', interpreter: null }] })).toContain(
      'ok scripts: build',
    );
  });
});

test.each([
  [null, 'problem git: not found on the PATH -> install git 2.31 or newer'],
  ['1.8.3.1', 'problem git: is 1.8.3.1 -> install git 2.31 or newer'],
  ['2.30.2', 'problem git: is 2.30.2 -> install git 2.31 or newer'],
  ['2.31.0', 'ok git: 2.31.0'],
  ['3.0', 'ok git: 3.0'],
])('git %s', (gitVersion, line) => {
  expect(judge({ gitVersion })).toContain(line);
});

describe('temproot', () => {
  test.each<[string, Partial<FolderFacts>, string]>([
    [
      'missing',
      { found: 'missing' },
      'problem temproot: /srv/scratch does not exist -> mkdir -p /srv/scratch, or correct "temproot"',
    ],
    ['a file', { found: 'no_folder' }, 'problem temproot: /srv/scratch is no folder -> correct "temproot"'],
    [
      'not writable',
      { writable: false },
      'problem temproot: /srv/scratch may not be written by this user -> change its owner or mode',
    ],
    [
      'noexec',
      { mount: { point: '/srv', options: ['rw', 'noexec'] } },
      'problem temproot: /srv/scratch is on /srv, mounted noexec: nothing that a build makes can run there -> mount -o remount,exec /srv, or move "temproot"',
    ],
    [
      'full',
      { freeBytes: 999e6 },
      'problem temproot: /srv/scratch, 999 MB free, less than min_free_disk (1.0 GB) -> make room',
    ],
    ['of unknown size', { freeBytes: null, mount: null }, 'ok temproot: /srv/scratch'],
  ])('%s', (_, changes, line) => {
    expect(judge({ temproot: { ...folder, ...changes } })).toContain(line);
  });
});

describe('datadir', () => {
  const datadir = { ...folder, path: '/var/lib/ampci' };
  test.each<[string, Partial<SiteFacts>, string]>([
    [
      'a file',
      { datadir: { ...datadir, found: 'no_folder' } },
      'problem datadir: /var/lib/ampci is no folder -> correct "datadir"',
    ],
    [
      'not writable',
      { datadir: { ...datadir, writable: false } },
      'problem datadir: /var/lib/ampci may not be written by this user -> change its owner or mode',
    ],
    [
      'impossible',
      { datadir: { ...datadir, found: 'missing', writable: false } },
      'problem datadir: /var/lib/ampci does not exist and cannot be made by this user -> change its owner or mode',
    ],
    ['new', { database: { kind: 'none', file: 'x' } }, 'ok database: not there yet, the first poll makes it'],
    [
      'damaged',
      { database: { kind: 'unusable', message: 'is damaged: restore' } },
      'problem database: is damaged: restore',
    ],
  ])('%s', (_, changes, line) => {
    expect(judge(changes)).toContain(line);
  });
});
