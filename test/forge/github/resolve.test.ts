import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inspect } from '../../../src/forge/github/inspect.ts';
import { createTransport } from '../../../src/forge/transport.ts';
import { type Hub, startStandIn } from '../../stand-in/stand-in.ts';
import { credentialWith, watch } from './watcher.ts';

let hub: Hub;
const branch = `feature/$(id);'"<&|-é`;

beforeAll(async () => {
  hub = await startStandIn({ token: 'secret' });
  await hub.createRepo({ owner: 'acme', name: 'web', defaultBranch: 'trunk', files: { a: 'a' } });
  await hub.commit('acme/web', branch);
  await hub.createRepo({ owner: 'acme', name: 'empty' });
});
afterAll(() => hub.close());
beforeEach(() => hub.clearFaults());

const signal = new AbortController().signal;

function resolve(name: string, wanted: string | null, token = 'secret') {
  return watch(hub, { token }).forge.resolve({ owner: 'acme', name, branch: wanted, signal });
}

describe('the head for a build by hand', () => {
  test('is that of the default branch, or of the branch that is named', async () => {
    const repo = {
      forgeId: String(hub.repo('acme/web').id),
      owner: 'acme',
      name: 'web',
      defaultBranch: 'trunk',
    };

    expect(await resolve('web', null)).toMatchObject({
      repo,
      branch: 'trunk',
      sha: hub.repo('acme/web').head('trunk'),
    });
    expect(await resolve('WEB', branch)).toMatchObject({
      repo,
      branch,
      sha: hub.repo('acme/web').head(branch),
    });
  });

  test.each([
    ['web', 'nothing', 2, 'acme/web has no branch nothing'],
    ['none', null, 2, 'acme/none does not exist, or the token may not see it'],
    ['empty', null, 2, 'acme/empty has no default branch'],
  ])('%s, branch %s: says what is missing', async (name, wanted, exitCode, message) => {
    await expect(resolve(name, wanted)).rejects.toMatchObject({
      name: 'UserError',
      exitCode,
      message: expect.stringContaining(message),
    });
  });

  test.each([
    [{ do: 'unauthorized' }, /make a new one/],
    [{ do: 'html' }, /login page/],
    [{ do: 'reset' }, /broke the connection off/],
    [{ do: 'primary-limit' }, /quota of 5000/],
  ] as const)('where GitHub cannot be asked (%j): says why, with exit code 3', async (fault, message) => {
    hub.fault({ kind: 'graphql' }, fault);

    await expect(resolve('web', null)).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 3,
      message: expect.stringMatching(message),
    });
  });
});

describe('the inspection of a token', () => {
  function inspection(token: string, apiUrl = hub.apiUrl) {
    const transport = createTransport({ environment: {} });
    const credential = credentialWith(token);
    return inspect({ apiUrl, credential, transport, clock: Date.now }, signal);
  }

  test('tells whose it is, its scopes, its end and the quotas', async () => {
    const expires = Date.UTC(2099, 0, 2);
    hub.addToken({ token: 'classic', scopes: ['repo', 'read:org'], expires, user: 'mona' });

    const found = await inspection('classic');

    expect(found).toMatchObject({
      login: 'mona',
      scopes: ['repo', 'read:org'],
      expiresAt: expires,
      message: null,
    });
    expect(found.limits.map(({ resource }) => resource).sort()).toEqual(['core', 'graphql']);
    expect(Math.abs(found.clockAheadMs ?? Number.NaN)).toBeLessThan(60_000);
  });

  test('tells that it does not work', async () => {
    expect(await inspection('wrong')).toMatchObject({
      login: null,
      message: expect.stringContaining('make a new one'),
    });
    expect(await inspection('secret', 'http://127.0.0.1:1')).toMatchObject({
      login: null,
      message: expect.stringContaining('refuses connections'),
    });
  });
});
