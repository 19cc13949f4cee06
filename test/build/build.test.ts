import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSite } from '../site/site.ts';

test('the log of a build whose number was given before the database was restored is its own', async () => {
  using site = openSite({ script: 'echo "this is $AMPCI_SHA"' });
  site.bootstrap.push();
  site.repo('one').push();
  await site.tick();
  const [database, copy] = [join(site.datadir, 'ampci.db'), join(site.folder, 'copy')];
  copyFileSync(database, copy);
  for (const _ of [1, 2]) {
    site.repo('one').push();
    await site.tick();
  }
  copyFileSync(copy, database);
  await site.settle();
  expect((await site.ampci(['log', '2'])).stdout).toBe(
    `[ampci] step 1/1: build\nthis is ${site.repo('one').head()}\n`,
  );
  expect(await site.violations()).toEqual([]);
});

test('a workspace that cannot be kept is told; the build has ended all the same', async () => {
  using site = openSite({ config: { keep_workspace: 'on_failure' } });
  // Where the kept one would be is a folder that is not empty.
  site.script('build', 'mkdir -p "$AMPCI_WORKSPACE-kept/full"; exit 1');
  site.bootstrap.push();
  site.repo('one').push();
  const { stderr, exitCode } = await site.tick();
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^ampci: ENOTEMPTY: [^\n]+\nampci: build failed: one main/);
  expect(site.read('SELECT state, exit_code FROM builds')).toEqual([{ state: 'failure', exit_code: 1 }]);
});

test('a build that an error keeps from its first script is told with its author and commit', async () => {
  using site = openSite();
  site.bootstrap.push();
  site.repo('one').push();
  await site.tick();
  site.write(
    "CREATE TRIGGER refusing BEFORE INSERT ON steps BEGIN SELECT RAISE(ABORT, 'no more steps'); END",
  );
  site.repo('one').push('main', { author: 'Ada', message: 'Mend it' });
  const said = (await site.settle()).map(({ stderr }) => stderr).join('');
  expect(said).toMatch(/^ampci: build given up after 3 attempts: one main/);
  expect(said).toMatch(/commit: .* Mend it\n {2}author: +Ada <.*\n {2}because: +no more steps\n/);
});

test.each([
  ['that was cut off in its first script', 'Mend it', 'build.step_started'],
  ['that its message asks to skip', 'Mend it [skip ci]', 'build.finished'],
])('whose commit it is stays known of a build %s', async (_, message, AMPCI_CRASH_AT) => {
  using site = openSite();
  site.bootstrap.push();
  site.repo('one').push('main', { author: 'Ada', message });
  expect(await site.tick({ env: { AMPCI_CRASH_AT } })).toMatchObject({ signal: 'SIGKILL' });
  expect(site.read('SELECT author, subject FROM builds')).toEqual([{ author: 'Ada', subject: message }]);
});

test('a workspace that a crash left is removed though amp.yaml has another temproot by then', async () => {
  using site = openSite();
  site.bootstrap.push();
  site.repo('one').push();
  await site.tick();
  site.repo('one').push();
  await site.tick({ env: { AMPCI_CRASH_AT: 'build.finished' } });
  expect(readdirSync(site.temproot)).toHaveLength(1);
  const temproot = join(site.folder, 'elsewhere');
  mkdirSync(temproot);
  site.configure({ temproot });
  expect(await site.tick()).toMatchObject({ exitCode: 0, stderr: '' });
  expect(readdirSync(site.temproot)).toEqual([]);
});
