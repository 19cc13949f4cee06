import { expect, test } from 'vitest';
import { openInMemory } from '../../src/store/database.ts';
import { lastFullPollAt, recordPoll } from '../../src/store/polls.ts';

test('the last full poll is the last one up to now, whatever a clock wrote that was set back since', () => {
  const db = openInMemory();
  const poll = (finishedAt: number, full: boolean) =>
    recordPoll(db, {
      startedAt: finishedAt - 1,
      finishedAt,
      outcome: 'observed',
      full,
      requests: 1,
      points: 1,
      message: null,
    });
  expect(lastFullPollAt(db, 100)).toBeNull();
  poll(900, true);
  expect(lastFullPollAt(db, 100)).toBeNull();
  poll(100, true);
  poll(110, false);
  expect(lastFullPollAt(db, 120)).toBe(100);
});
