import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSite } from '../site/site.ts';
import { startStandIn } from '../stand-in/stand-in.ts';

const token = 'secret';
const files = { 'README.md': 'hello' };

/** Names that git and GitHub take, and that have meant something else to somebody. */
const odd = [
  'HEAD',
  'heads/main',
  'refs/heads/main',
  'a|b',
  '$(touch$IFS./injected)',
  '`touch$IFS./injected`',
  '-x',
  '--upload-pack=./injected',
  "it's",
  'say"hi"',
  'a;b&c',
  '<b>bold</b>',
  'ünï/çode',
  'ｆｕｌｌ',
  'feature/main',
  'MAIN',
  'con.log',
  'per%25cent',
  '4f2c1d0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e',
  '@',
  'a'.repeat(200),
];

test('a thousand heads, and branches of all names: each is built right, and nothing is injected', async () => {
  await using hub = await startStandIn({ token });
  await hub.createRepo({ owner: 'acme', name: 'amp_bootstrap', files });
  const repo = await hub.createRepo({ owner: 'acme', name: 'one', files });
  await hub.createBranches(
    repo,
    Array.from({ length: 1000 }, (_, index) => `many/${index}`),
  );
  using site = openSite({ forge: { url: hub.url, token }, config: { first_poll: 'none', workers: 4 } });
  expect(await site.tick()).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
  expect(
    site.read("SELECT count(*) AS heads FROM heads h JOIN repos r ON r.id = h.repo_id WHERE r.name = 'one'"),
  ).toEqual([{ heads: 1001 }]);

  const pushed = new Map<string, string>();
  for (const branch of [...odd, 'many/7', 'many/999']) pushed.set(branch, await hub.commit(repo, branch, {}));
  expect(await site.tick()).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });

  expect(new Map(site.ledger().map(({ branch, sha }) => [branch, sha]))).toEqual(pushed);
  expect(site.ledger()).toHaveLength(pushed.size);
  const everything = readdirSync(site.folder, { recursive: true, encoding: 'utf8' });
  expect(everything.filter((name) => name.includes('injected'))).toEqual([]);
  const log = readFileSync(join(site.datadir, 'logs/one.log'), 'utf8');
  expect(log.match(/ Done building one, refs\/heads\/.* in /g)).toHaveLength(pushed.size);
  for (const branch of ['HEAD', '-x', '4f2c1d0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e']) {
    const { stdout, exitCode } = await site.ampci(['history', 'one', '--json', '--', branch]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ branch, sha: pushed.get(branch), state: 'success' }),
    ]);
  }
  const { stdout } = await site.ampci(['build', 'one', '--', '-x']);
  expect(stdout).toMatch(/^one -x at [0-9a-f]{12}: success/m);
});

test('repositories whose names differ by little share no log', async () => {
  await using hub = await startStandIn({ token });
  const names = ['web', 'web.log', 'Web-', 'ampci', 'builds', '_'];
  for (const name of ['amp_bootstrap', ...names]) await hub.createRepo({ owner: 'acme', name, files });
  await hub.createRepo({ owner: 'other', name: 'web', files });
  using site = openSite({ repos: [...names, 'other/web'], forge: { url: hub.url, token } });
  expect(await site.tick()).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
  expect(site.ledger()).toHaveLength(7);
  const logs = readdirSync(join(site.datadir, 'logs')).filter(
    (name) => name.endsWith('.log') && name !== 'ampci.log',
  );
  expect(logs).toHaveLength(7);
  for (const name of logs)
    expect(readFileSync(join(site.datadir, 'logs', name), 'utf8').split('\n')).toHaveLength(3);
});

test('a name that no glob of amp.yaml fits is told with those that there are', async () => {
  using site = openSite({ repos: ['amp_one'], config: { repos: ['amp_*', '[xy]*'] } });
  const { stderr, exitCode } = await site.ampci(['poll', 'other']);
  expect(stderr).toBe(`ampci: other is not among the repos of ${site.folder}/amp.yaml: amp_*, [xy]*\n`);
  expect(exitCode).toBe(2);
});
