import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheDirectory, readConfig } from '../../src/config/read.ts';
import { UserError } from '../../src/user-error.ts';

let folder: string;
let file: string;
let cacheDir: string;
let entries: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ampci-config-'));
  file = join(folder, 'amp.yaml');
  cacheDir = join(folder, 'home', '.cache', 'ampci');
  entries = join(cacheDir, 'config');
  writeWorkers(3);
});

afterEach(() => rmSync(folder, { recursive: true }));

function writeWorkers(count: number): void {
  const text = `baseurl: https://github.com/acme\nrepos: [tool]\nscripts: {'*': [build]}\nworkers: ${count}\n`;
  writeFileSync(file, text);
}

function read(environment: Record<string, string> = {}) {
  return readConfig({ file, environment, cacheDir });
}

/** Replaces the cached form by one that shows where it came from. */
function plant(change: (entry: { config: { workers: number } }) => unknown): void {
  const names = readdirSync(entries);
  expect(names).toHaveLength(1);
  for (const name of names) {
    const path = join(entries, name);
    writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')))));
  }
}

const marked = (entry: { config: { workers: number } }) => ({
  ...entry,
  config: { ...entry.config, workers: 99 },
});

describe('the parsed form is cached', () => {
  test('and equals what was parsed', async () => {
    const parsed = await read();
    expect(await read()).toEqual(parsed);
    expect(parsed.workers).toBe(3);
  });

  test('and used', async () => {
    await read();
    plant(marked);
    expect((await read()).workers).toBe(99);
  });

  test('in a folder and a file of the user alone', async () => {
    await read();
    expect(statSync(entries).mode & 0o777).toBe(0o700);
    expect(readdirSync(entries).map((name) => statSync(join(entries, name)).mode & 0o777)).toEqual([0o600]);
  });

  test('until the file changes by a byte, at the same size and time', async () => {
    await read();
    plant(marked);
    const { atime, mtime } = statSync(file);
    writeWorkers(4);
    utimesSync(file, atime, mtime);
    expect((await read()).workers).toBe(4);
  });

  test('for the same GITHUB_API_URL only', async () => {
    await read();
    plant(marked);
    const config = await read({ GITHUB_API_URL: 'http://127.0.0.1:9' });
    expect(config).toMatchObject({ workers: 3, apiUrl: 'http://127.0.0.1:9' });
  });

  test('for the same file only', async () => {
    await read();
    plant((entry) => marked({ ...entry, file: '/elsewhere/amp.yaml' } as never));
    expect((await read()).workers).toBe(3);
  });

  test('and a mistake is never', async () => {
    writeFileSync(file, 'workers: many\n');
    await expect(read()).rejects.toThrow(UserError);
    expect(() => readdirSync(entries)).toThrow();
  });
});

describe('the cache is ignored, silently,', () => {
  test.each([
    ['when it is cut', '{"file":'],
    ['when it is something else', '[]'],
    ['when it is null', 'null'],
    ['when it is empty', ''],
  ])('%s', async (_, content) => {
    await read();
    for (const name of readdirSync(entries)) writeFileSync(join(entries, name), content);
    expect((await read()).workers).toBe(3);
    expect((await read()).workers).toBe(3);
  });

  test.each([0o777, 0o770, 0o702])('when others may write to its folder (%i)', async (mode) => {
    await read();
    plant(marked);
    chmodSync(entries, mode);
    expect((await read()).workers).toBe(3);
  });

  test('when its folder is a link', async () => {
    await read();
    plant(marked);
    renameSync(entries, join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), entries);
    expect((await read()).workers).toBe(3);
  });

  test.skipIf(process.geteuid?.() !== 0)('when its folder is somebody else’s', async () => {
    await read();
    plant(marked);
    chownSync(entries, 12345, 12345);
    expect((await read()).workers).toBe(3);
  });

  test('when it cannot be made', async () => {
    writeFileSync(join(folder, 'home'), 'a file where a folder should be');
    expect((await read()).workers).toBe(3);
  });

  test('when there shall be none', async () => {
    expect((await readConfig({ file, environment: {}, cacheDir: null })).workers).toBe(3);
  });
});

test('a relative name means the current folder, and messages keep it', async () => {
  const name = relative(process.cwd(), file);
  expect((await readConfig({ file: name, environment: {}, cacheDir })).file).toBe(file);
  writeFileSync(file, 'workers: many\n');
  const reading = readConfig({ file: name, environment: {}, cacheDir });
  await expect(reading).rejects.toThrow(`${name}:1:10: workers: expected`);
});

test('a missing file leads to init, --config and AMPCI_CONFIG', async () => {
  const reading = readConfig({ file: '/nowhere/amp.yaml', environment: {}, cacheDir });
  await expect(reading).rejects.toThrow(
    new UserError(
      '/nowhere/amp.yaml: there is no such file; write one with "ampci init", or name yours with --config FILE or AMPCI_CONFIG',
    ),
  );
});

test('a folder is no file', async () => {
  const inside = join(folder, 'sub');
  mkdirSync(inside);
  await expect(readConfig({ file: inside, environment: {}, cacheDir })).rejects.toThrow(
    'is a folder; name the file in it',
  );
});

test.each([
  [{ XDG_CACHE_HOME: '/xdg', HOME: '/home/ci' }, '/xdg/ampci'],
  [{ XDG_CACHE_HOME: '', HOME: '/home/ci' }, '/home/ci/.cache/ampci'],
  [{ XDG_CACHE_HOME: 'relative', HOME: '/home/ci' }, '/home/ci/.cache/ampci'],
])('with %j the cache is in %s', (environment, directory) => {
  expect(cacheDirectory(environment)).toBe(directory);
});

// Only root can be another user.
test.skipIf(process.getuid?.() !== 0)(
  'a user whom the system does not know, without HOME, has no cache',
  () => {
    const module = join(import.meta.dirname, '../../src/config/read.ts');
    const script = `import(process.argv[1]).then(({ cacheDirectory }) => console.log(cacheDirectory({})))`;
    const unknown = { uid: 54_321, gid: 54_321, env: {}, encoding: 'utf8' } as const;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script, module], unknown);
    expect({ stdout, stderr }).toEqual({ stdout: 'null\n', stderr: '' });
  },
);
