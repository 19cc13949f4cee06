/**
 * Shows ampci's main job without network or token: a bootstrap and two small repositories in a temporary
 * folder, pushes, a moved bootstrap, a failing script, and what history, log, why and status say of it.
 * `npm run demo -- --keep` leaves the folder for a look and names it.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const keep = process.argv.includes('--keep');
const root = mkdtempSync(join(tmpdir(), 'ampci-demo-'));
const launcher = join(import.meta.dirname, '..', 'bin', 'ampci.js');
const site = join(root, 'site');
const environment = {
  PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  HOME: root,
  NO_COLOR: '1',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

function say(text: string): void {
  process.stdout.write(`\n# ${text}\n`);
}

/** Runs ampci as a user would, and shows both; what it is expected to exit with is part of the show. */
function ampci(line: string, expectedExitCode = 0): void {
  process.stdout.write(`\n$ ampci ${line}\n`);
  const result = spawnSync(process.execPath, [launcher, ...line.split(' ')], {
    cwd: site,
    env: environment,
    encoding: 'utf8',
  });
  process.stdout.write(result.stdout + result.stderr);
  if (result.status !== expectedExitCode) {
    throw new Error(`ampci ${line} exited with ${result.status} instead of ${expectedExitCode}`);
  }
}

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, env: environment, encoding: 'utf8' });
}

function makeRepository(name: string, files: Readonly<Record<string, string>>): void {
  git(root, 'init', '--quiet', '--bare', '--initial-branch=main', join('forge', 'demo', `${name}.git`));
  git(root, 'clone', '--quiet', join('forge', 'demo', `${name}.git`), join('work', name));
  git(join(root, 'work', name), 'checkout', '--quiet', '-B', 'main');
  push(name, 'Begin', files);
}

function push(name: string, message: string, files: Readonly<Record<string, string>>): void {
  const work = join(root, 'work', name);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(work, file), content);
  git(work, 'add', '--all');
  git(work, 'commit', '--quiet', '--message', message);
  git(work, 'push', '--quiet', 'origin', 'HEAD');
}

function makeSite(): void {
  mkdirSync(join(site, 'packages'), { recursive: true });
  mkdirSync(join(root, 'scratch'));
  writeFileSync(
    join(site, 'amp.yaml'),
    `baseurl: file://${join(root, 'forge', 'demo')}
scripts:
  '*':
    - build_packages
    - distribute
repos:
  - hello
  - world
temproot: ${join(root, 'scratch')}
`,
  );
  writeScript(
    'build_packages',
    `set -eu
echo "building $AMPCI_REPO $AMPCI_BRANCH at $AMPCI_SHA"
mkdir packages
. amp_bootstrap/settings
for repo in src_repos/*; do
  sh "$repo/build" "$suffix"
  tar -cf "packages/$(basename "$repo")$suffix.tar" -C "$repo" .
done
`,
  );
  writeScript(
    'distribute',
    `set -eu\ncp packages/*.tar ${join(site, 'packages')}\nls ${join(site, 'packages')}\n`,
  );
}

function writeScript(name: string, body: string): void {
  writeFileSync(join(site, name), `#!/bin/sh\n${body}`);
  chmodSync(join(site, name), 0o755);
}

function show(): void {
  say('A bootstrap and two repositories. The first poll builds their default branches.');
  makeRepository('amp_bootstrap', { settings: 'suffix=-1\n' });
  makeRepository('hello', { build: 'echo hello, version $1\n' });
  makeRepository('world', { build: 'echo world, version $1\n' });
  makeSite();
  ampci('poll');
  ampci('history');

  say('Nothing moved: an idle poll is silent.');
  ampci('poll');

  say('Somebody pushes to hello: one build.');
  push('hello', 'Say it louder', { build: 'echo HELLO, version $1\n' });
  ampci('poll --dry-run');
  ampci('poll');
  ampci('history -n 1');

  say('Somebody pushes to the bootstrap: every repository is built again.');
  push('amp_bootstrap', 'Next version', { settings: 'suffix=-2\n' });
  ampci('poll');
  ampci('history -n 2');

  say('A script fails: the poll says so on stderr, which cron mails, and exits with 1.');
  push('world', 'Break it', { build: 'echo this goes wrong >&2\nexit 3\n' });
  ampci('poll', 1);
  ampci('log world');
  ampci('why world main');
  ampci('status', 2);
}

try {
  show();
} finally {
  if (keep) say(`Kept: ${root}`);
  else rmSync(root, { recursive: true });
}
