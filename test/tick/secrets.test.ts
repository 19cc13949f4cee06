import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appSite } from '../faults/github-site.ts';
import { openSite, type Site } from '../site/site.ts';
import { type Hub, type StandInRepo, startStandIn } from '../stand-in/stand-in.ts';

// Nobody else's: whatever else runs on the machine is looked at, too.
const token = `ghp_${randomBytes(18).toString('hex')}`;
const secret = 'correct horse/battery+staple';
/** In place, so that nothing moves. */
const masked = '*'.repeat(secret.length);

let hub: Hub;
let site: Site;
let repo: StandInRepo;
let bootstrap: StandInRepo;

/** Writes down all that a script can see, and prints its secrets as careless scripts do. */
const spy = (file: string) => `
env -0 | sort -z > '${file}.env'
git -C "src_repos/$AMPCI_REPO" config --list --show-origin > '${file}.config'
cat "src_repos/$AMPCI_REPO/.git/config" amp_bootstrap/.git/config >> '${file}.config'
cat /proc/[0-9]*/cmdline > '${file}.processes' 2>/dev/null
pwd > '${file}.pwd'
cat > '${file}.stdin'
ls -d "$TMPDIR" > /dev/null && ls -dl . | cut -c1-10 > '${file}.mode'
git -C "src_repos/$AMPCI_REPO" log --format=%s > '${file}.history'
git -C "src_repos/$AMPCI_REPO" symbolic-ref HEAD > '${file}.head'
set -x
echo "deploying with $DEPLOY_KEY"
printf '%s' "$DEPLOY_KEY" | base64
`;

beforeAll(async () => {
  hub = await startStandIn({ token });
  const files = { 'README.md': 'hello' };
  bootstrap = await hub.createRepo({ owner: 'acme', name: 'amp_bootstrap', private: true, files });
  repo = await hub.createRepo({ owner: 'acme', name: 'one', private: true, files });
  site = openSite({
    forge: { url: hub.url, token },
    config: { env: { GREETING: 'hello', DEPLOY_KEY: { value: secret, secret: true } } },
  });
  site.script('build', spy(join(site.folder, 'seen')));
});
afterAll(async () => {
  site[Symbol.dispose]();
  await hub.close();
});

function seen(what: string): string {
  return readFileSync(join(site.folder, `seen.${what}`), 'latin1');
}

function environment(): Readonly<Record<string, string>> {
  const settings = seen('env').split('\0').filter(Boolean);
  return Object.fromEntries(
    settings.map((setting) => [setting.split('=', 1)[0], setting.slice(setting.indexOf('=') + 1)]),
  );
}

/** Everything that ampci wrote: logs, mirrors, database, and what is left anywhere below the site. */
function filesWith(text: string): readonly string[] {
  try {
    return execFileSync('grep', ['-rlaF', '--', text, site.folder], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
  } catch {
    return [];
  }
}

describe('a build', () => {
  let previous: string;
  beforeAll(async () => {
    await site.tick({ env: { GH_TOKEN: token, SSH_AUTH_SOCK: '/nowhere' } });
    previous = repo.head() ?? '';
    await hub.commit(repo, 'main', {
      message: 'Second',
      author: { name: 'Ada', email: 'ada@example.org' },
    } as never);
    const ran = await site.tick({ env: { GH_TOKEN: token, MAILTO: 'ops@example.org' } });
    expect(ran).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
  });

  test('gets cron’s environment, its own and amp.yaml’s, and no token', () => {
    const [build] = site.read<{ id: number; workspace: string }>(
      'SELECT id, workspace FROM builds ORDER BY id DESC LIMIT 1',
    );
    const {
      AMPCI_WORKSPACE = '',
      AMPCI_BUILD_MARK,
      PWD: _,
      OLDPWD: __,
      _: ___,
      SHLVL: ____,
      ...env
    } = environment();
    expect(AMPCI_WORKSPACE).toMatch(new RegExp(`^${site.temproot}/ampci-\\w+-${build?.id}-\\w+$`));
    expect(AMPCI_BUILD_MARK).toMatch(new RegExp(`^\\w+\\.${build?.id}$`));
    expect(env).toEqual({
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: join(site.folder, 'home'),
      MAILTO: 'ops@example.org',
      GIT_CONFIG_NOSYSTEM: '1',
      NODE_COMPILE_CACHE: expect.any(String),
      GREETING: 'hello',
      DEPLOY_KEY: secret,
      CI: 'true',
      TMP: join(AMPCI_WORKSPACE, 'tmp'),
      TMPDIR: join(AMPCI_WORKSPACE, 'tmp'),
      TEMP: join(AMPCI_WORKSPACE, 'tmp'),
      AMPCI_BUILD_ID: String(build?.id),
      AMPCI_REPO: 'one',
      AMPCI_BRANCH: 'main',
      AMPCI_REF: 'refs/heads/main',
      AMPCI_SHA: repo.head(),
      AMPCI_PREVIOUS_SHA: previous,
      AMPCI_BOOTSTRAP_SHA: bootstrap.head(),
      AMPCI_REASON: 'push',
    });
    expect(seen('pwd')).toBe(`${AMPCI_WORKSPACE}\n`);
    expect(seen('mode')).toBe('drwx------\n');
    expect(seen('stdin')).toBe('');
    expect(existsSync(AMPCI_WORKSPACE)).toBe(false);
  });

  test('finds ordinary clones: the real origin, the branch by its name, the history', () => {
    expect(seen('config')).toContain(`url = "${hub.url}/acme/one"`);
    expect(seen('config')).toContain(`url = "${hub.url}/acme/amp_bootstrap"`);
    expect(seen('head')).toBe('refs/heads/main\n');
    expect(seen('history').split('\n').filter(Boolean)).toHaveLength(2);
  });

  test('never sees the token, nor does anybody who looks at processes, files and logs', () => {
    expect(hub.requests.some((request) => request.token === token)).toBe(true);
    for (const what of ['env', 'config', 'processes']) expect(seen(what)).not.toContain(token.slice(4));
    const asBasic = Buffer.from(`x-access-token:${token}`).toString('base64');
    for (const text of [token, asBasic]) expect(filesWith(text)).toEqual([]);
  });

  test('that prints a secret has it masked, in every form, in its log', async () => {
    const log = readFileSync(join(site.datadir, 'logs/builds/2.log'), 'utf8');
    expect(log).toContain(`deploying with ${masked}\n`);
    const forms = [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret)];
    for (const form of forms) expect(log).not.toContain(form);
    const { stdout } = await site.ampci(['log', '2']);
    expect(stdout).not.toContain(secret);
  });

  test('that fails has it masked in the repository’s log and in the mail', async () => {
    site.script('build', 'echo "cannot use $DEPLOY_KEY"; exit 1');
    await hub.commit(repo, 'main', {});
    const { stderr, exitCode } = await site.tick();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`  | cannot use ${masked}\n`);
    expect(readFileSync(join(site.datadir, 'logs/one.log'), 'utf8')).toContain(`\ncannot use ${masked}\n`);
    // But for the configuration, which has it, and what the spy wrote down.
    const files = filesWith(secret).filter((file) => !/\/seen\.env$|amp\.yaml$|\/home\/\.cache\//.test(file));
    expect(files).toEqual([]);
  });
});

test('git is given the token by its environment, never as an argument', async () => {
  const bin = join(site.folder, 'bin');
  mkdirSync(bin);
  const arguments_ = join(site.folder, 'arguments');
  const spyOnGit = `#!/bin/sh\nprintf '%s\\n' "$@" >> '${arguments_}'\nPATH=/usr/local/bin:/usr/bin:/bin exec git "$@"\n`;
  writeFileSync(join(bin, 'git'), spyOnGit, { mode: 0o755 });
  site.script('build', 'true');
  await hub.commit(repo, 'main', {});
  expect((await site.tick({ env: { PATH: `${bin}:/usr/bin:/bin` } })).exitCode).toBe(0);
  const asBasic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const given = readFileSync(arguments_, 'utf8');
  expect(given).toContain('fetch\n');
  for (const text of [token, asBasic]) expect(given).not.toContain(text);
});

test('a token of an App that is renewed while a script runs is masked in its log', async () => {
  // It is renewed five minutes before its end: at once, then with every look.
  await using scene = await appSite({ tokenLifeMs: 5 * 60_000 + 1000 });
  const { hub, site: renewing } = scene;
  const file = join(renewing.datadir, 'app-token.json');
  renewing.script('build', `cat '${file}'\nsleep 4\ncat '${file}'`);
  await hub.commit('acme/one', 'main');
  const poll = ['poll', '--for', '4s', '--every', '2s'];
  expect(await renewing.ampci(poll)).toMatchObject({ stderr: '', exitCode: 0 });
  const [build] = renewing.read<{ id: number }>('SELECT max(id) AS id FROM builds');
  const log = readFileSync(join(renewing.datadir, `logs/builds/${build?.id}.log`), 'utf8');
  expect(log.match(/"token":"\*{40}"/g)).toHaveLength(2);
  expect(log).not.toContain('ghs_');
  expect(new Set(hub.requests.map((request) => request.token)).size).toBeGreaterThan(3);
});
