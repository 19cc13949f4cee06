import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check, type Probes } from '../../src/commands/check.ts';
import { findMount, probeDatabase, probeFolder, probeScript } from '../../src/commands/probe-machine.ts';
import type { ForgeFacts } from '../../src/domain/site-facts.ts';
import { painter } from '../../src/output/paint.ts';
import { configWith } from '../domain/config-fixture.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ampci-check-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
  return path;
}

const forge: ForgeFacts = {
  asked: 'https://api.github.com',
  unreachable: null,
  token: { kind: 'none' },
  quota: null,
  clockAheadMs: 0,
  readableRepos: 1,
  repoTroubles: [],
};

const probes: Probes = {
  script: probeScript,
  folder: probeFolder,
  database: probeDatabase,
  gitVersion: async () => '2.47.3',
  forge: async () => forge,
  program: { node: '/usr/bin/node', launcher: '/opt/ampci/bin/ampci.js' },
};

function run(changes: { probes?: Partial<Probes>; offline?: boolean; json?: boolean; file?: string } = {}) {
  const config = configWith({
    file: changes.file ?? join(folder, 'amp.yaml'),
    scripts: [{ key: '*', scripts: ['build'], line: 5 }],
    temproot: folder,
    datadir: folder,
    minFreeDiskBytes: 0,
  });
  const { offline = false, json = false } = changes;
  return check({
    config,
    probes: { ...probes, ...changes.probes },
    now: 0,
    offline,
    json,
    paint: painter(false),
  });
}

describe('a site is checked', () => {
  test('a line for each item, in columns, the way out below', async () => {
    file('build', '#!/bin/sh\n');
    const { output, exitCode } = await run();
    expect(exitCode).toBe(0);
    expect(output.replaceAll(folder, '/FOLDER').replaceAll(/, .* free/g, ', … free')).toBe(
      `ok       configuration  /FOLDER/amp.yaml
ok       scripts        build
ok       git            2.47.3
ok       temproot       /FOLDER, … free
ok       datadir        /FOLDER, … free
ok       database       not there yet, the first poll makes it
ok       forge          https://api.github.com
warning  token          none
                        -> export GITHUB_TOKEN in the crontab, or set "token_file" or "app"; without one, every poll asks each repository by git
ok       clock          right
ok       repositories   1 can be read
ok       crontab        * * * * * /usr/bin/node /opt/ampci/bin/ampci.js -c /FOLDER/amp.yaml poll
`,
    );
  });

  test('a problem ends with 1', async () => {
    const { output, exitCode } = await run();
    expect(output).toContain(`problem  scripts        ${join(folder, 'build')} does not exist\n`);
    expect(exitCode).toBe(1);
  });

  test('--offline asks no forge', async () => {
    file('build', '#!/bin/sh\n');
    const asked = async () => Promise.reject(new Error('asked'));
    const { output, exitCode } = await run({ offline: true, probes: { forge: asked } });
    expect(output).toContain('skipped  forge          not asked (--offline)\n');
    expect(exitCode).toBe(0);
  });

  test('--json', async () => {
    const { output, exitCode } = await run({ json: true });
    const { state, items } = JSON.parse(output);
    expect({ state, exitCode }).toEqual({ state: 'problem', exitCode: 1 });
    expect(items[1]).toEqual({
      item: 'scripts',
      state: 'problem',
      found: `${join(folder, 'build')} does not exist`,
      way_out: 'create it, or correct scripts["*"], line 5',
    });
    expect(items.map(({ item }: { item: string }) => item)).toContain('crontab');
  });

  test('the line for the crontab survives spaces and percent signs', async () => {
    const { output } = await run({ file: '/srv/50% new/amp.yaml' });
    expect(output).toContain("-c '/srv/50\\% new/amp.yaml' poll\n");
  });

  test('nothing from outside breaks a line or obeys a terminal', async () => {
    const { output } = await run({
      probes: {
        forge: async () => ({ ...forge, repoTroubles: [{ message: 'a\nok \u001b[2J', isHarmless: false }] }),
      },
    });
    expect(output).toContain('problem  repositories   a ok ?[2J\n');
  });
});

describe('a script is', () => {
  test.each<[string, () => string, object]>([
    [
      'a script',
      () => file('x', '#!/bin/sh -e\n'),
      { found: 'script', interpreter: '/bin/sh', interpreterFound: true },
    ],
    [
      'with a space',
      () => file('x', '#! /bin/sh\n'),
      { found: 'script', interpreter: '/bin/sh', interpreterFound: true },
    ],
    [
      'foreign',
      () => file('x', '#!/no/such\n'),
      { found: 'script', interpreter: '/no/such', interpreterFound: false },
    ],
    ['from Windows', () => file('x', '#!/bin/sh\r\n'), { found: 'script', interpreter: '/bin/sh\r' }],
    ['a program', () => file('x', Buffer.from('\x7fELF\x02\xff', 'latin1')), { found: 'binary' }],
    ['text', () => file('x', 'echo hello\n'), { found: 'text' }],
    ['empty', () => file('x', ''), { found: 'text' }],
    ['not executable', () => file('x', '#!/bin/sh\n', 0o644), { found: 'not_executable' }],
    ['missing', () => join(folder, 'nothing'), { found: 'missing' }],
    ['a folder', () => folder, { found: 'no_file' }],
    [
      'a dangling link',
      () => {
        symlinkSync('nowhere', join(folder, 'link'));
        return join(folder, 'link');
      },
      { found: 'missing' },
    ],
  ])('%s', (_, make, found) => {
    expect(probeScript(make())).toMatchObject(found);
  });
});

describe('a folder is', () => {
  test('there', () => {
    expect(probeFolder(folder)).toMatchObject({ found: 'folder', writable: true });
    expect(probeFolder(folder).freeBytes).toBeGreaterThan(0);
  });

  test('missing, and can be made', () => {
    expect(probeFolder(join(folder, 'a', 'b'))).toMatchObject({ found: 'missing', writable: true });
  });

  test('a file', () => {
    expect(probeFolder(file('x', ''))).toMatchObject({ found: 'no_folder' });
  });

  test.skipIf(process.geteuid?.() === 0)('not writable', () => {
    mkdirSync(join(folder, 'ro'), { mode: 0o555 });
    expect(probeFolder(join(folder, 'ro'))).toMatchObject({ writable: false });
  });
});

test.each([
  ['/srv/scratch/x', '/srv/scratch', ['noexec']],
  ['/srv/scratch2', '/srv', ['rw']],
  ['/srv', '/srv', ['rw']],
  ['/home', '/', ['ro']],
  ['/mnt/a b/c', '/mnt/a b', ['rw']],
  ['/over', '/over', ['second']],
])('%s is on %s', (path, point, options) => {
  const mounts = `/dev/a / ext4 ro 0 0
/dev/b /srv ext4 rw 0 0
/dev/c /srv/scratch ext4 noexec 0 0
/dev/d /mnt/a\\040b ext4 rw 0 0
/dev/e /over ext4 first 0 0
/dev/f /over ext4 second 0 0
`;
  expect(findMount(mounts, path)).toEqual({ point, options });
});

test('a damaged database is told with its way out', () => {
  file('ampci.db', 'this is no database at all, although it is long enough to be taken for one'.repeat(20));
  expect(probeDatabase({ datadir: folder, file: join(folder, 'amp.yaml') })).toMatchObject({
    kind: 'unusable',
    message: expect.stringContaining('is not a database'),
  });
});
