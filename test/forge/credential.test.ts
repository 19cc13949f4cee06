import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config, CredentialSetting } from '../../src/domain/config.ts';
import { credentialFor } from '../../src/forge/credential.ts';
import { github } from '../../src/forge/github/github.ts';
import { configWith } from '../domain/config-fixture.ts';
import { type Hub, startStandIn } from '../stand-in/stand-in.ts';
import { createMemory } from './memory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'credential-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const clock = () => Date.now();

function file(text: string, mode: number): string {
  const path = join(folder, 'secret');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function fromFile(path: string, environment: Record<string, string> = {}) {
  return credentialFor({
    config: configWith({ credential: { kind: 'token_file', path } }),
    environment,
    clock,
  });
}

describe('a token', () => {
  test.each([
    [{ GITHUB_TOKEN: 'one', GH_TOKEN: 'two' }, 'one'],
    [{ GH_TOKEN: 'two' }, 'two'],
    [{ GITHUB_TOKEN: ' ', GH_TOKEN: 'two\n' }, 'two'],
  ])('comes from %j', async (environment, token) => {
    const credential = credentialFor({ config: configWith(), environment, clock });

    expect(await credential?.token()).toBe(token);
  });

  test('is none where nothing names one', () => {
    expect(credentialFor({ config: configWith(), environment: { GITHUB_TOKEN: '' }, clock })).toBeNull();
  });

  test('comes from a file that only its owner can read, unless the environment has one', async () => {
    const path = file('from-file\n', 0o600);

    expect(await fromFile(path)?.token()).toBe('from-file');
    expect(await fromFile(path, { GH_TOKEN: 'two' })?.token()).toBe('two');
  });

  test.each([0o644, 0o640, 0o604, 0o620])('in a file of mode %o is refused', (mode) => {
    const path = file('from-file', mode);
    const octal = mode.toString(8).padStart(4, '0');

    expect(() => fromFile(path)).toThrow(
      `token_file: ${path} has mode ${octal}, so that others can get at it; run "chmod 600 ${path}"`,
    );
  });

  test.each([
    ['', /is empty/],
    ['two words', /is no token/],
    ['line\nbreak', /is no token/],
  ])('that is %j is refused without being shown', (text, message) => {
    const path = file(text, 0o600);

    expect(() => fromFile(path)).toThrow(message);
    if (text !== '') expect(() => fromFile(path)).not.toThrow(new RegExp(text));
  });

  test('in a file that is not there is refused', () => {
    expect(() => fromFile(join(folder, 'none'))).toThrow(/token_file: .*none cannot be read/);
  });

  test('leaves a fingerprint that differs with it and does not hold it', () => {
    const prints = ['ghp_aaaaaaaaaaaaaaaa', 'ghp_aaaaaaaaaaaaaaab'].map(
      (token) =>
        credentialFor({ config: configWith(), environment: { GITHUB_TOKEN: token }, clock })?.fingerprint,
    );

    expect(new Set(prints).size).toBe(2);
    expect(prints.join()).not.toContain('aaaa');
  });
});

describe('a GitHub App', () => {
  let hub: Hub;
  let config: Config;
  let now: number;

  beforeEach(async () => {
    now = Date.now();
    hub = await startStandIn();
    await hub.createRepo({ owner: 'acme', name: 'web', private: true, files: { a: 'a' } });
    const key = hub.addApp({ id: 7, installations: [{ id: 70, owner: 'acme' }] });
    config = configFor({ id: 7, installationId: 70, privateKeyFile: file(key ?? '', 0o600) });
  });
  afterEach(() => hub.close());

  type App = Extract<CredentialSetting, { kind: 'app' }>;

  function configFor(app: Omit<App, 'kind'>): Config {
    return configWith({
      apiUrl: hub.apiUrl,
      owner: 'acme',
      datadir: folder,
      credential: { kind: 'app', ...app },
    });
  }

  function credential(of = config) {
    const found = credentialFor({ config: of, environment: {}, clock: () => now });
    if (found === null) throw new Error('no credential');
    return found;
  }

  const cache = () => join(folder, 'app-token.json');

  test('asks for a token once and keeps it for the next ticks, readable by its owner alone', async () => {
    const first = await credential().token();
    const second = await credential().token();

    expect(second).toBe(first);
    expect(first).toMatch(/^ghs_/);
    expect(hub.requests).toHaveLength(1);
    expect(statSync(cache()).mode & 0o777).toBe(0o600);
  });

  test('renews a token that is about to end, under the same fingerprint', async () => {
    const before = credential();
    const first = await before.token();
    now += 54 * 60_000;
    expect(await before.token()).toBe(first);
    now += 2 * 60_000;

    const renewed = await before.token();
    expect(renewed).not.toBe(first);
    now = Date.now();
    expect(await credential().token()).toBe(renewed);
    expect(credential().fingerprint).toBe(before.fingerprint);
    expect(hub.requests).toHaveLength(2);
  });

  test('finds its installation by the owner', async () => {
    const { privateKeyFile } = config.credential as App;
    const found = configFor({ id: 7, installationId: null, privateKeyFile });

    expect(await credential(found).token()).toMatch(/^ghs_/);
  });

  test.each(['', '{', '{"token":1}'])('does without a cache that says %j', async (text) => {
    writeFileSync(cache(), text);

    expect(await credential().token()).toMatch(/^ghs_/);
    expect(JSON.parse(readFileSync(cache(), 'utf8'))).toMatchObject({ token: await credential().token() });
  });

  test("does not use another installation's token", async () => {
    await credential().token();
    hub.addApp({ id: 8, installations: [{ id: 80, owner: 'acme' }] });
    const { privateKeyFile } = config.credential as App;

    await expect(
      credential(configFor({ id: 8, installationId: 80, privateKeyFile })).token(),
    ).rejects.toThrow(/GitHub App 8 is refused .* check app.id/);
  });

  test('is not given a page for people as a token', async () => {
    hub.fault({ path: 'access_tokens' }, { do: 'html' });

    await expect(credential().token()).rejects.toThrow(/GitHub App 7: .*does not answer as GitHub does/);
  });

  test('that is not installed is told', async () => {
    const { privateKeyFile } = config.credential as App;

    await expect(
      credential(configFor({ id: 7, installationId: 71, privateKeyFile })).token(),
    ).rejects.toThrow(
      'GitHub App 7 has no installation 71: check app.installation_id, and that the App is installed',
    );
  });

  test('with a key that is none is told', async () => {
    const privateKeyFile = file('nonsense', 0o600);

    await expect(
      credential(configFor({ id: 7, installationId: 70, privateKeyFile })).token(),
    ).rejects.toThrow(/app.private_key_file: .* is no private key/);
  });

  test('polls, and an idle tick after a renewal still needs one request more at most', async () => {
    const memory = createMemory();
    const request = {
      wanted: [{ owner: 'acme', name: 'web', glob: false }],
      full: false,
      known: memory.known,
      now,
      deadlineMs: 20_000,
      signal: new AbortController().signal,
    };
    const listRemote = () => Promise.reject(new Error('git is not asked here'));
    const forge = () => github({ config, credential: credential(), environment: {}, listRemote });

    const seen = await forge().observe(request);
    memory.save(seen, now);

    expect(seen.tokenExpiresAt).toBeNull();
    expect(memory.heads.get('acme/web')?.get('main')).toBe(hub.repo('acme/web').head('main'));
    expect(await forge().observe(request)).toMatchObject({ outcome: 'unchanged', requests: 1 });
  });

  test('whose token is waited for too long ends the look with its deadline', async () => {
    hub.fault({ path: 'access_tokens' }, { do: 'hang' });
    const forge = github({
      config,
      credential: credential(),
      environment: {},
      listRemote: () => Promise.reject(new Error('git is not asked here')),
    });

    const seen = await forge.observe({
      wanted: [{ owner: 'acme', name: 'web', glob: false }],
      full: false,
      known: createMemory().known,
      now,
      deadlineMs: 400,
      signal: new AbortController().signal,
    });

    expect(seen).toMatchObject({
      outcome: 'failed',
      message: 'GitHub gave no whole answer within 0.4 s',
      requests: 1,
    });
  });

  test('that cannot get a token makes the look fail, once for all ticks', async () => {
    hub.fault({ path: 'access_tokens' }, { do: 'status', status: 503 });
    const known = createMemory().known;
    const forge = github({
      config,
      credential: credential(),
      environment: {},
      listRemote: () => Promise.reject(new Error('git is not asked here')),
    });
    const wanted = [{ owner: 'acme', name: 'web', glob: false }];
    const signal = new AbortController().signal;

    const seen = await forge.observe({ wanted, full: false, known, now, deadlineMs: 20_000, signal });

    expect(seen).toMatchObject({ outcome: 'failed', message: expect.stringMatching(/GitHub App 7: .*503/) });
  });
});
