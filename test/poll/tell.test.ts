import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { tellAll } from '../../src/poll/tell.ts';
import { databaseFile } from '../../src/store/database.ts';
import { tryLock } from '../../src/store/lock.ts';
import { putIntoOutbox } from '../../src/store/outbox.ts';
import { configWith } from '../domain/config-fixture.ts';
import { openSite } from '../site/site.ts';
import { temporaryDatadir } from '../store/fixture.ts';
import { addBuild, addRepo } from '../store/rows.ts';

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

test('what is told while a backup keeps the database from being written is told once', async () => {
  using place = temporaryDatadir();
  const { db, datadir } = place;
  addBuild(db, { repo_id: addRepo(db, 'amppd'), state: 'failure', untold: 1 });
  putIntoOutbox(db, 'news');
  const told: string[] = [];
  const backup = new Database(databaseFile(datadir));
  const context = {
    db,
    config: configWith({ datadir }),
    tell(text: string) {
      told.push(text);
      backup.exec('BEGIN; SELECT count(*) FROM builds');
      return true;
    },
    async pause() {
      backup.exec('COMMIT');
      return true;
    },
  } as unknown as Context;
  await tellAll(context);
  await tellAll(context);
  backup.close();
  expect(told).toEqual(['news', expect.stringContaining('build failed: amppd main (build 1)')]);
});
