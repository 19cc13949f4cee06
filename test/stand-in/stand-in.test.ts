import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ask } from './client.ts';
import { controlOf } from './control.ts';
import { startStandIn } from './stand-in.ts';

it('closes at once and leaves nothing, whatever is under way', async () => {
  const hub = await startStandIn({ token: 'secret' });
  const repo = await hub.createRepo({ owner: 'acme', name: 'web', files: { a: 'a' } });
  hub.fault({ path: '/meta' }, { do: 'hang' });
  hub.fault({ path: '/orgs' }, { do: 'slow' });
  const asked = [ask(`${hub.apiUrl}/meta`), ask(`${hub.apiUrl}/orgs/acme/repos`)].map((one) =>
    one.then(
      () => 'answered',
      () => 'ended',
    ),
  );
  await expect.poll(() => hub.requests.length).toBe(2);
  await hub.close();
  expect(await Promise.all(asked)).toEqual(['ended', 'ended']);
  expect(existsSync(repo.path)).toBe(false);
});

it('serves the API as api.github.com does, if asked', async () => {
  await using hub = await startStandIn({ token: 'secret', apiAtRoot: true });
  await hub.createRepo({ owner: 'acme', name: 'web' });
  expect(hub.apiUrl).toBe(hub.url);
  expect((await ask(`${hub.url}/repos/acme/web`)).status).toBe(200);
  const viewer = { token: 'secret', method: 'POST', body: { query: '{ viewer { login } }' } };
  expect((await ask(`${hub.url}/graphql`, viewer)).json).toEqual({ data: { viewer: { login: 'octocat' } } });
});

it('gives the same SHAs for the same calls', async () => {
  const build = async () => {
    await using hub = await startStandIn();
    const repo = await hub.createRepo({ owner: 'acme', name: 'web', files: { a: 'a' } });
    return [repo.head(), await hub.commit(repo, 'main'), repo.pushedAt];
  };
  expect(await build()).toEqual(await build());
});

it('runs as a process of its own, driven through its control address', async () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [main, '--repos', '120'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const [line] = (await once(lines, 'line')) as [string];
    const { url, apiUrl, token } = JSON.parse(line) as { url: string; apiUrl: string; token: string };
    const control = controlOf(url);
    const list = async () =>
      (await ask(`${apiUrl}/orgs/acme/repos?per_page=100&sort=pushed`, { token })).json as { name: string }[];
    expect(await list()).toHaveLength(100);
    const sha = await control('commit', 'acme/repo-0001', 'main', { message: 'From afar' });
    expect(sha).toMatch(/^[0-9a-f]{40}$/);
    expect((await list())[0]?.name).toBe('repo-0001');
    await control('fault', { path: '/orgs' }, { do: 'status', status: 500 }, { times: 1 });
    expect((await ask(`${apiUrl}/orgs/acme`, { token })).status).toBe(500);
    expect(await control('requests')).toHaveLength(3);
    await control('resetCounters');
    expect(await control('requests')).toHaveLength(0);
    await expect(control('commit', 'acme/none', 'main')).rejects.toThrow('no repository acme/none');
  } finally {
    child.kill();
  }
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
});
