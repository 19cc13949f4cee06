import { expect, test } from 'vitest';
import { tryLock } from '../../src/store/lock.ts';
import { openSite } from '../site/site.ts';

test('what one process tells no other one tells beside it; what it did not see is told by the next tick', async () => {
  using site = openSite({ scriptEnd: 'exit 1' });
  site.bootstrap.push();
  site.repo('one').push();
  const other = tryLock(site.datadir, 'tell');
  expect(await site.tick()).toMatchObject({ exitCode: 1, stderr: '' });
  other?.release();
  expect((await site.tick()).stderr).toMatch(/^ampci: build failed: one main/);
  expect((await site.tick()).stderr).toBe('');
});
