import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSite } from '../site/site.ts';

test('a datadir is for one configuration: another one is refused and changes nothing', async () => {
  using site = openSite({ repos: ['one', 'two'] });
  for (const remote of [site.bootstrap, site.repo('one'), site.repo('two')]) remote.push();
  await site.settle();
  const own = join(site.folder, 'amp.yaml');
  const other = join(site.folder, 'other.yaml');
  renameSync(own, other);
  site.configure({ repos: ['one'] });
  renameSync(own, join(site.folder, 'new.yaml'));
  renameSync(other, own);

  for (const args of [['poll'], ['build', 'one'], ['prune']]) {
    expect(await site.ampci([...args, '-c', 'new.yaml'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(
        /^ampci: .*ampci\.db is that of .*amp\.yaml: give .*new\.yaml a "datadir"/,
      ),
    });
  }
  expect(await site.ampci(['check', '--offline', '-c', 'new.yaml'])).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/^problem {2}database .*ampci\.db is that of .*amp\.yaml: give/m),
  });
  const dry = await site.ampci(['poll', '--dry-run', '-c', 'new.yaml']);
  expect(dry).toMatchObject({ exitCode: 0, stderr: '' });
  symlinkSync(own, join(site.folder, 'link.yaml'));
  expect(await site.ampci(['poll', '-c', 'link.yaml'])).toMatchObject({ exitCode: 0, stderr: '' });

  rmSync(own);
  expect(await site.ampci(['poll', '-c', 'new.yaml'])).toMatchObject({ exitCode: 0, stderr: '' });
  writeFileSync(own, '');
  expect(await site.ampci(['poll', '-c', 'new.yaml'])).toMatchObject({ exitCode: 0, stderr: '' });
});
