import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { why } from '../../src/commands/why.ts';
import { configWith } from '../domain/config-fixture.ts';
import { temporaryDatadir } from '../store/fixture.ts';
import { addBuild, addDecision, addHead, addRepo, minute, noon, sha } from '../store/rows.ts';

let place: ReturnType<typeof temporaryDatadir>;
let repoId: number;
beforeEach(() => {
  place = temporaryDatadir();
  repoId = addRepo(place.db, 'amppd');
});
afterEach(() => place[Symbol.dispose]());

const now = noon + 30 * minute;

async function ask(
  repo: string,
  branch: string | null = null,
  { json = false, count = 20 } = {},
): Promise<string> {
  const config = configWith({ datadir: place.datadir, workers: 2 });
  const { output, exitCode } = await why({
    options: { repo, branch, count, json },
    config,
    clock: () => now,
  });
  expect(exitCode).toBe(0);
  return output;
}

/** Lines without their times, which are local. */
const untimed = (output: string) =>
  output.replace(/\d{4}-\d\d-\d\d \d\d:\d\d|\b\d\d:\d\d\b/g, '*').split('\n');

describe('the story of a branch', () => {
  beforeEach(() => {
    const id = addBuild(place.db, {
      repo_id: repoId,
      state: 'error',
      message: 'no network',
      queued_at: noon,
    });
    addDecision(place.db, { repoId, verdict: { kind: 'build', reason: 'push' }, buildId: id });
    addBuild(place.db, {
      repo_id: repoId,
      state: 'queued',
      reason: 'retry',
      attempt: 2,
      queued_at: noon + 11_000,
      not_before: noon + 71_000,
    });
    addHead(place.db, repoId, { sha: sha(1) });
  });

  it('begins with where it is and ends with what it waits for', async () => {
    const other = addRepo(place.db, 'other');
    for (const branch of ['a', 'b']) addBuild(place.db, { repo_id: other, branch, state: 'running' });
    expect(untimed(await ask('amppd'))).toEqual([
      'amppd main has been at 1111111 since *',
      '  *  appeared at 1111111: queued as build 1',
      '  *  build 1 ended as error: no network after 10.0 s: ampci log 1',
      '  *  retried as build 2, attempt 2 of 3, not before *',
      '  *  build 2 is waiting: 2 of 2 workers busy since * (builds 3, 4)',
      '',
    ]);
  });

  it('as JSON', async () => {
    expect(JSON.parse(await ask('amppd', 'main', { json: true }))).toEqual({
      repo: 'amppd',
      branch: 'main',
      head: { sha: sha(1), seen_at: '2026-09-01T12:00:00.000Z', gone_at: null },
      trouble: null,
      events: [
        {
          at: '2026-09-01T12:00:00.000Z',
          kind: 'decided',
          decision: 'build',
          reason: 'push',
          sha: sha(1),
          previous_sha: null,
          build: 1,
          behind: null,
          text: 'appeared at 1111111: queued as build 1',
        },
        {
          at: '2026-09-01T12:00:11.000Z',
          kind: 'ended',
          build: 1,
          state: 'error',
          attempt: 1,
          reason: 'push',
          step: null,
          exit_code: null,
          message: 'no network',
          text: 'build 1 ended as error: no network after 10.0 s: ampci log 1',
        },
        {
          at: '2026-09-01T12:00:11.000Z',
          kind: 'queued',
          build: 2,
          state: 'queued',
          attempt: 2,
          reason: 'retry',
          step: null,
          exit_code: null,
          message: null,
          text: expect.stringMatching(/^retried as build 2, attempt 2 of 3, not before \d\d:\d\d$/),
        },
      ],
      waiting: { build: 2, for: 'next_poll', text: 'waiting: a worker is free, the next poll starts it' },
    });
  });

  it('is as long as asked for, the newest events', async () => {
    expect(untimed(await ask('amppd', 'main', { count: 1 }))[1]).toContain('retried as build 2');
  });
});

it('a branch that settings leave out', async () => {
  addHead(place.db, repoId, { branch: 'topic/x' });
  addDecision(place.db, {
    repoId,
    branch: 'topic/x',
    verdict: { kind: 'ignored', pattern: '!topic/*', line: 14 },
  });
  expect(untimed(await ask('amppd', 'topic/x'))[1]).toBe(
    "  *  appeared at 1111111: ignored by `branches: ['!topic/*']` (amp.yaml:14)",
  );
});

it('a deleted branch', async () => {
  addHead(place.db, repoId, { branch: 'topic', gone_at: noon });
  expect(untimed(await ask('amppd', 'topic'))).toEqual([
    'amppd topic was deleted: last seen at 1111111, missed since *',
    '  nothing is stored about it',
    '',
  ]);
});

it('a repository that cannot be read says so first', async () => {
  const broken = addRepo(place.db, 'broken', { broken_since: noon, trouble: 'AMP/broken is missing' });
  addHead(place.db, broken);
  expect(untimed(await ask('broken'))[1]).toBe('broken has not been readable since *: AMP/broken is missing');
  addRepo(place.db, 'never', { default_branch: null, broken_since: noon, trouble: 'AMP/never is missing' });
  await expect(ask('never')).rejects.toThrow('never: AMP/never is missing: name a branch');
});

it.each([
  ['ampd', null, 'no repository "ampd" has been polled: did you mean amppd?'],
  ['amppd', 'mian', 'AMP/amppd has no branch "mian": did you mean main?'],
])('%s %s: the nearest name', async (repo, branch, message) => {
  addHead(place.db, repoId);
  await expect(ask(repo, branch)).rejects.toThrow(message);
});
