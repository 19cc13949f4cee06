import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Ran } from '../site/program.ts';
import { openSite, type Site } from '../site/site.ts';
import { type Fault, type Hub, startStandIn } from '../stand-in/stand-in.ts';
import { appSite, type GithubSite, githubSite } from './github-site.ts';

const silence: Ran = { exitCode: 0, signal: null, stdout: '', stderr: '' };
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

interface Outage {
  readonly name: string;
  readonly fault: Fault;
  /** What of the API it hits; default: all. */
  readonly kind?: 'rest' | 'graphql';
  /** What the operator is told. */
  readonly told: RegExp;
}

/** The whole API cannot be asked. */
const outages: readonly Outage[] = [
  { name: 'connections that are reset', fault: { do: 'reset' }, told: /broke the connection off/ },
  {
    name: 'queries whose connection is reset',
    kind: 'graphql',
    fault: { do: 'reset' },
    told: /broke the connection off/,
  },
  { name: 'answers that never come', fault: { do: 'hang' }, told: /is too slow or hangs/ },
  {
    name: 'answers that come too slowly',
    fault: { do: 'slow', bytes: 1, everyMs: 200 },
    told: /is too slow or hangs/,
  },
  {
    name: 'answers that are cut off',
    fault: { do: 'cut', afterBytes: 30 },
    told: /broke the connection off|cut|aborted/,
  },
  {
    name: 'answers that are cut off between chunks',
    fault: { do: 'cut', afterBytes: 30, chunked: true },
    told: /broke the connection off|cut|aborted/,
  },
  {
    name: 'a listing whose JSON stops in the middle',
    kind: 'rest',
    fault: { do: 'cut-json' },
    told: /something else than a list of repositories; is a proxy or a login page in between/,
  },
  {
    name: 'a query whose JSON stops in the middle',
    kind: 'graphql',
    fault: { do: 'cut-json' },
    told: /answered a query with something else than JSON; is a proxy/,
  },
  {
    name: 'garbage instead of JSON',
    fault: { do: 'garbage' },
    told: /something else than a list of repositories; is a proxy or a login page in between/,
  },
  {
    name: 'a page for people with status 200',
    fault: { do: 'html' },
    told: /something else than a list of repositories; is a proxy or a login page in between/,
  },
  {
    name: 'a page for people instead of heads',
    kind: 'graphql',
    fault: { do: 'html' },
    told: /answered a query with something else than JSON; is a proxy/,
  },
  { name: 'a page for people with status 502', fault: { do: 'html', status: 502 }, told: /answered 502/ },
  { name: 'status 500', fault: { do: 'status', status: 500 }, told: /answered 500/ },
  {
    name: 'a token that is wrong',
    fault: { do: 'unauthorized' },
    told: /answered 401 .*token is wrong, expired or revoked/,
  },
  {
    name: 'a token without single sign-on',
    fault: { do: 'sso' },
    told: /answered 403 .*single sign-on at https:/,
  },
  {
    name: 'a token that lacks a right',
    fault: { do: 'status', status: 403, message: 'Resource not accessible by personal access token' },
    told: /answered 403 .*lacks a right/,
  },
  {
    name: 'an owner that is not there',
    kind: 'rest',
    fault: { do: 'not-found' },
    told: /knows no organisation and no user acme: check baseurl/,
  },
];

describe.concurrent('an outage of the API is told once when it starts and once when it ends; then what moved is built', () => {
  test.each(outages)('$name', { timeout: 180_000 }, async ({ fault, kind, told }) => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    for (const each of kind ? [kind] : (['rest', 'graphql'] as const)) hub.fault({ kind: each }, fault);
    const first = await site.tick();
    expect(first).toMatchObject({ exitCode: 3, stdout: '' });
    expect(first.stderr).toMatch(told);
    expect(first.stderr.trimEnd()).not.toContain('\n');
    expect(await site.ampci(['poll', '--full'])).toEqual({ ...silence, exitCode: 3 });
    hub.clearFaults();
    const ended = await site.tick({ laterMs: 2 * minuteMs });
    expect(ended).toMatchObject({ exitCode: 0, stdout: '' });
    expect(ended.stderr).toMatch(/polls again/);
    await isAllBuilt(scene);
  });
});

async function isAllBuilt({ site, expected }: GithubSite): Promise<void> {
  const ticks = await site.settle({ laterMs: 2 * hourMs });
  expect(ticks.at(-1)).toEqual(silence);
  expect(await site.violations(expected())).toEqual([]);
  expect(new Set(site.ledger().map(({ sha }) => sha)).size).toBe(site.ledger().length);
}

const limits: readonly Omit<Outage, 'told'>[] = [
  { name: 'the quota used up, as 403', fault: { do: 'primary-limit', status: 403, resetInSeconds: 600 } },
  { name: 'the quota used up, as 429', fault: { do: 'primary-limit', status: 429, resetInSeconds: 600 } },
  {
    name: "GraphQL's quota used up, with status 200",
    kind: 'graphql',
    fault: { do: 'primary-limit', resetInSeconds: 600 },
  },
  {
    name: 'a secondary limit, as 403',
    fault: { do: 'secondary-limit', status: 403, retryAfterSeconds: 600 },
  },
  {
    name: 'a secondary limit, as 429',
    fault: { do: 'secondary-limit', status: 429, retryAfterSeconds: 600 },
  },
  { name: 'a secondary limit that names no time', fault: { do: 'secondary-limit', retryAfterSeconds: null } },
];

describe.concurrent('a limit of the API is obeyed without a word and without a request, then what moved is built', () => {
  test.each(limits)('$name', async ({ fault, kind }) => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    hub.fault({ kind: kind ?? 'rest' }, fault);
    expect(await site.tick()).toEqual(silence);
    hub.clearFaults();
    hub.requests.length = 0;
    expect(await site.tick({ laterMs: minuteMs / 2 })).toEqual(silence);
    expect(hub.requests).toEqual([]);
    await isAllBuilt(scene);
  });
});

test('a limit in the middle of a look', async () => {
  await using hub = await startStandIn({ token: 'secret', validate: false });
  await hub.createRepos(60, { owner: 'acme' });
  using site = openSite({
    repos: ['*'],
    forge: { url: hub.url, token: 'secret' },
    config: { first_poll: 'none', bootstrap: null },
  });
  hub.fault({ kind: 'graphql' }, { do: 'primary-limit', resetInSeconds: 600 }, { skip: 1 });
  expect(await site.tick()).toEqual(silence);
  const log = readFileSync(join(site.datadir, 'logs/ampci.log'), 'utf8');
  expect(log).toMatch(/\[WARNING\] .*not everything was read: GitHub's quota .* is used up/);
  const read = () => site.read('SELECT id FROM repos WHERE pushed_at IS NOT NULL').length;
  expect(read()).toBeGreaterThan(0);
  expect(read()).toBeLessThan(60);
  hub.clearFaults();
  expect(await site.tick({ laterMs: 11 * minuteMs })).toEqual(silence);
  expect(read()).toBe(60);
});

interface Lie {
  readonly name: string;
  readonly kind: 'rest' | 'graphql';
  readonly fault: Fault;
}

const lies: readonly Lie[] = [
  { name: 'an empty listing of repositories', kind: 'rest', fault: { do: 'empty-list' } },
  { name: 'an empty listing of branches', kind: 'graphql', fault: { do: 'empty-list' } },
  {
    name: 'a listing of branches that claims to end too early',
    kind: 'graphql',
    fault: { do: 'no-next-page' },
  },
  {
    name: 'a repository without its heads in an answer that is well otherwise',
    kind: 'graphql',
    fault: { do: 'graphql-error', field: 'r0', type: 'NOT_FOUND' },
  },
];

describe.concurrent('a listing that lies once makes nobody forget a branch', () => {
  test.each(lies)('$name', async ({ kind, fault }) => {
    await using scene = await githubSite({ branches: 120 });
    const { site, hub } = scene;
    hub.fault({ kind }, fault);
    const { exitCode } = await site.ampci(['poll', '--full']);
    expect([0, 3]).toContain(exitCode);
    expect(site.read('SELECT branch FROM heads WHERE gone_at IS NOT NULL')).toEqual([]);
    hub.clearFaults();
    await hub.commit('acme/two', 'main');
    await isAllBuilt(scene);
  });
});

interface Push {
  readonly name: string;
  push(hub: Hub): Promise<unknown>;
  /** What the list of branches lacks then. */
  readonly missed: readonly { readonly branch: string }[];
}

const pushes: readonly Push[] = [
  {
    name: 'a branch made while others are read',
    push: (hub) => hub.commit('acme/one', 'a'),
    missed: [],
  },
  {
    name: 'a branch deleted while others are read',
    push: (hub) => hub.deleteBranch('acme/one', 'topic/0'),
    missed: [{ branch: 'topic/0' }],
  },
];

describe.concurrent('a push while the pages are read is no trouble', () => {
  test.each(pushes)('$name', async ({ push, missed }) => {
    await using scene = await githubSite({ branches: 150 });
    const { site, hub } = scene;
    hub.fault({ kind: 'graphql' }, { do: 'slow', bytes: 256, everyMs: 50 }, { times: 1 });
    hub.requests.length = 0;
    const { ended } = site.start(['poll', '--full']);
    // The first page is on its way.
    while (!hub.requests.some(({ kind, bytes }) => kind === 'graphql' && bytes > 0)) await pause(5);
    await push(hub);
    expect(await ended).toEqual(silence);
    expect(hub.requests.filter(({ kind }) => kind === 'graphql')).toHaveLength(4);
    expect(site.read('SELECT trouble FROM repos WHERE trouble IS NOT NULL')).toEqual([]);
    expect(site.read('SELECT branch FROM heads WHERE missed > 0')).toEqual(missed);
    expect(await site.ampci(['poll', '--full'])).toEqual(silence);
    const { size } = hub.repo('acme/one').heads();
    const read =
      "SELECT branch FROM heads JOIN repos r ON r.id = repo_id WHERE r.name = 'one' AND gone_at IS NULL";
    expect(site.read(read)).toHaveLength(size);
    await isAllBuilt(scene);
  });
});

interface Trouble {
  readonly name: string;
  /** Brings acme/one into trouble; resolves to what brings it out. */
  make(hub: Hub): Promise<() => Promise<void> | void>;
  readonly told: RegExp;
}

const troubles: readonly Trouble[] = [
  {
    name: 'a repository that is gone',
    async make(hub) {
      hub.rename('acme/one', 'elsewhere');
      hub.transfer('acme/elsewhere', 'others');
      hub.setPrivate('others/elsewhere', true);
      hub.removeToken('secret');
      hub.addToken({ token: 'secret', repos: ['acme/two', 'acme/amp_bootstrap'] });
      return () => {
        hub.removeToken('secret');
        hub.addToken({ token: 'secret' });
        hub.transfer('others/elsewhere', 'acme');
        hub.rename('acme/elsewhere', 'one');
      };
    },
    told: /acme\/one/,
  },
];

describe.concurrent('the trouble of one repository is told once, and the others go on', () => {
  test.each(troubles)('$name', async ({ make, told }) => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    const mend = await make(hub);
    await hub.commit('acme/two', 'main');
    const first = await site.ampci(['poll', '--full']);
    expect(first).toMatchObject({ exitCode: 0, stdout: '' });
    expect(first.stderr).toMatch(told);
    expect(site.ledger().filter(({ repo }) => repo === 'two')).toHaveLength(2);
    expect(await site.ampci(['poll', '--full'])).toEqual(silence);
    expect(site.read('SELECT branch FROM heads WHERE gone_at IS NOT NULL')).toEqual([]);
    await mend();
    await isAllBuilt(scene);
  });

  test('a repository that may be read again before its time', async () => {
    await using scene = await githubSite({ config: { full_poll_every: '1s' } });
    const { site, hub } = scene;
    const forbid = () =>
      hub.fault({ kind: 'graphql' }, { do: 'graphql-error', field: 'r0', type: 'FORBIDDEN' });
    for (const byHand of ['--full', 'one']) {
      const fault = forbid();
      const told = await site.ampci(['poll', '--full']);
      expect(told).toMatchObject({
        exitCode: 0,
        stderr: expect.stringContaining('acme/one may not be read'),
      });
      fault.remove();
      // A full poll that is due by itself lets it wait.
      expect(await site.tick({ laterMs: 10_000 })).toEqual(silence);
      const mended = await site.ampci(['poll', byHand]);
      expect(mended).toEqual({ ...silence, stderr: expect.stringContaining('acme/one can be read again') });
    }
  });

  test('an empty repository', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.createRepo({ owner: 'acme', name: 'fresh' });
    site.configure({ repos: ['one', 'two', 'fresh'] });
    expect(await site.tick()).toMatchObject({ exitCode: 0 });
    expect(await site.tick()).toEqual(silence);
    await hub.commit('acme/fresh', 'main');
    await site.settle();
    expect(site.ledger().map(({ repo }) => repo)).toContain('fresh');
  });

  test.each(['none', 'default_branch'])(
    'what is pushed to a repository that was empty is new, not as seen: first_poll %s',
    async (first_poll) => {
      await using scene = await githubSite({ config: { first_poll } });
      const { site, hub } = scene;
      await hub.createRepo({ owner: 'acme', name: 'fresh' });
      site.configure({ repos: ['one', 'two', 'fresh'] });
      expect(await site.tick()).toMatchObject({ exitCode: 0 });
      await hub.commit('acme/fresh', 'main');
      await hub.createBranches('acme/fresh', ['topic/a']);
      await site.ampci(['poll', '--full'], { laterMs: 3_600_000 });
      const built = site.ledger().filter(({ repo }) => repo === 'fresh');
      expect(built.map(({ branch }) => branch).toSorted()).toEqual(['main', 'topic/a']);
      expect((await site.ampci(['why', 'fresh', 'topic/a'])).stdout).toMatch(
        / {2}appeared at \w+: queued as/,
      );
    },
  );

  test('a repository that was renamed', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    hub.rename('acme/one', 'first');
    await hub.commit('acme/first', 'main');
    const { exitCode, stderr } = await site.ampci(['poll', '--full']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining('acme/one is now acme/first'),
    });
    expect(site.ledger().map(({ repo }) => repo)).toContain('first');
    expect(await site.ampci(['poll', '--full'])).toEqual(silence);
  });

  test('an archived repository', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    hub.archive('acme/one');
    await hub.commit('acme/two', 'main');
    expect(await site.ampci(['poll', '--full'])).toMatchObject({ exitCode: 0 });
    // Each time it is less worth a question; what ends its trouble is seen in the listing, though.
    for (let times = 0; times < 7; times += 1) expect(await site.ampci(['poll', '--full'])).toEqual(silence);
    hub.archive('acme/one', false);
    expect(await site.tick()).toEqual({
      ...silence,
      stderr: expect.stringContaining('acme/one can be read again'),
    });
    await hub.commit('acme/one', 'main');
    expect(await site.tick()).toEqual(silence);
    await isAllBuilt(scene);
  });
});

describe.concurrent('below and beside HTTP', () => {
  test.each([
    { name: 'a port where nobody listens', api: 'http://127.0.0.1:9/api/v3', told: /refuses connections/ },
    {
      name: 'a name without an address',
      api: 'http://no-such-host.invalid/api/v3',
      told: /has no address|cannot be looked up/,
    },
    { name: 'a port that does not speak TLS', api: 'tls', told: /does not speak TLS/ },
  ])('$name', { timeout: 120_000 }, async ({ api, told }) => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    const env = { GITHUB_API_URL: api === 'tls' ? hub.apiUrl.replace('http:', 'https:') : api };
    const first = await site.tick({ env });
    expect(first).toMatchObject({ exitCode: 3 });
    expect(first.stderr).toMatch(told);
    expect(await site.tick({ env })).toEqual({ ...silence, exitCode: 3 });
    expect(await site.tick()).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('polls again') });
    await hub.commit('acme/one', 'main');
    await isAllBuilt(scene);
  });

  test('a certificate that nobody vouches for', async () => {
    await using hub = await startStandIn({ token: 'secret', tls: true, validate: false });
    await using scene = await githubSite({ hub, isFirstPolled: false });
    const { site } = scene;
    const first = await site.tick();
    expect(first).toMatchObject({ exitCode: 3 });
    expect(first.stderr).toMatch(/certificate that is not trusted: set NODE_EXTRA_CA_CERTS/);
    expect(await site.tick()).toEqual({ ...silence, exitCode: 3 });
    const env = { NODE_EXTRA_CA_CERTS: hub.caFile };
    expect(await site.tick({ env })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('polls again'),
    });
    await site.settle({ env });
    expect(await site.violations(scene.expected())).toEqual([]);
  });

  test('a query that takes GitHub too long', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    await hub.commit('acme/two', 'main');
    hub.fault({ kind: 'graphql' }, { do: 'graphql-timeout' }, { times: 1 });
    expect(await site.tick()).toEqual(silence);
    expect(site.ledger()).toHaveLength(4);
    await isAllBuilt(scene);
  });

  test('answers that are slow but come', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    hub.fault({}, { do: 'slow', bytes: 512, everyMs: 20 });
    expect(await site.tick()).toEqual(silence);
    hub.clearFaults();
    await isAllBuilt(scene);
  });

  test('a signal while the API hangs', async () => {
    await using scene = await githubSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    await isStoppedAtOnce(site, hub.fault({}, { do: 'hang' }));
    hub.clearFaults();
    await isAllBuilt(scene);
  });
});

describe.concurrent('the token of a GitHub App', () => {
  const tokens = { path: 'access_tokens' };

  test('a token of an App that cannot be had at first', async () => {
    await using scene = await appSite();
    const { site, hub } = scene;
    forgetToken(site);
    await hub.commit('acme/one', 'main');
    hub.fault(tokens, { do: 'reset' }, { times: 2 });
    const { exitCode, stderr } = await site.ampci(['poll', '--for', '5s', '--every', '1s']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^ampci cannot poll: GitHub App 7: .*broke the connection off.*\nampci polls again; .*\n$/,
    );
    expect(site.ledger()).toHaveLength(3);
    await isAllBuilt(scene);
  });

  test('a request for the token of an App that runs into a limit', async () => {
    await using scene = await appSite();
    const { site, hub } = scene;
    forgetToken(site);
    await hub.commit('acme/one', 'main');
    hub.fault(tokens, { do: 'secondary-limit', status: 429, retryAfterSeconds: 600 });
    hub.requests.length = 0;
    expect(await site.tick()).toEqual(silence);
    expect(hub.requests).toHaveLength(1);
    expect(site.read('SELECT outcome, requests FROM polls ORDER BY id DESC LIMIT 1')).toEqual([
      { outcome: 'limited', requests: 1 },
    ]);
    hub.clearFaults();
    expect(await site.tick({ laterMs: 9 * minuteMs })).toEqual(silence);
    expect(hub.requests).toHaveLength(1);
    await isAllBuilt(scene);
  });

  test('a signal while the request for the token of an App hangs', async () => {
    await using scene = await appSite();
    const { site, hub } = scene;
    forgetToken(site);
    await hub.commit('acme/one', 'main');
    await isStoppedAtOnce(site, hub.fault(tokens, { do: 'hang' }));
    hub.clearFaults();
    await isAllBuilt(scene);
  });

  test('a token of an App that was revoked', async () => {
    await using scene = await appSite();
    const { site, hub } = scene;
    await hub.commit('acme/one', 'main');
    const kept = JSON.parse(readFileSync(join(site.datadir, 'app-token.json'), 'utf8')) as { token: string };
    hub.removeToken(kept.token);
    const first = await site.tick();
    expect(first).toMatchObject({ exitCode: 3, stdout: '' });
    expect(first.stderr).toMatch(/answered 401 .*: the App's token was revoked, .* asks for a new one\n$/);
    expect(await site.tick()).toEqual({ ...silence, stderr: expect.stringMatching(/^ampci polls again; /) });
    await isAllBuilt(scene);
  });
});

async function isStoppedAtOnce(site: Site, hanging: { hits(): number }): Promise<void> {
  const { child, ended } = site.start(['poll']);
  while (hanging.hits() === 0) await pause(20);
  child.kill('SIGTERM');
  expect(await Promise.race([ended, pause(10_000, 'still hangs', { ref: false })])).toMatchObject({
    signal: null,
    stderr: '',
  });
}

/** The next tick has to ask for a new one. */
function forgetToken({ datadir }: Site): void {
  rmSync(join(datadir, 'app-token.json'));
}
