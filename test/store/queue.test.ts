import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/domain/build.ts';
import { openInMemory } from '../../src/store/database.ts';
import { claim, hasClaimable } from '../../src/store/queue.ts';
import { addBuild, addRepo, minute, noon } from './rows.ts';

interface Waiting {
  readonly name: string;
  readonly reason?: Reason;
  /** Minutes before noon. */
  readonly since: number;
  readonly not_before?: number;
}

/** A queue of these builds, each of a repository of its own. */
function queueOf(waiting: readonly Waiting[]) {
  const db = openInMemory();
  for (const { name, reason = 'push', since, not_before = 0 } of waiting) {
    const repo_id = addRepo(db, name);
    addBuild(db, { repo_id, reason, state: 'queued', queued_at: noon - since * minute, not_before });
  }
  return db;
}

function orderOf(waiting: readonly Waiting[]): string[] {
  const db = queueOf(waiting);
  const order: string[] = [];
  const wanted = { owner: { pid: 1, start: '1', boot: 'b' }, now: noon, workspace: () => '/w' };
  for (let next = claim(db, wanted); next; next = claim(db, wanted)) order.push(next.repo);
  expect(hasClaimable(db, noon)).toBe(false);
  return order;
}

describe('the next build', () => {
  it.each<[string, readonly Waiting[], readonly string[]]>([
    [
      'is what somebody asked for, then what was pushed, then what the bootstrap made stale',
      [
        { name: 'wave', reason: 'bootstrap', since: 9 },
        { name: 'push', reason: 'push', since: 5 },
        { name: 'asked', reason: 'manual', since: 1 },
      ],
      ['asked', 'push', 'wave'],
    ],
    [
      'is, of a push and a retry, the one that came first',
      [
        { name: 'push', reason: 'push', since: 2 },
        { name: 'retry', reason: 'retry', since: 3 },
      ],
      ['retry', 'push'],
    ],
    [
      'is whatever has waited for half an hour, or a busy repository would starve the others',
      [
        { name: 'asked', reason: 'manual', since: 29 },
        { name: 'push', reason: 'push', since: 31 },
        { name: 'wave', reason: 'bootstrap', since: 32 },
      ],
      ['wave', 'push', 'asked'],
    ],
    [
      'is none that has to wait for its retry yet',
      [
        { name: 'retry', reason: 'retry', since: 3, not_before: noon + 1 },
        { name: 'due', reason: 'retry', since: 2, not_before: noon },
      ],
      ['due'],
    ],
  ])('%s', (_, waiting, expected) => {
    expect(orderOf(waiting)).toEqual(expected);
  });
});
