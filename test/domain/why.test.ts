import { describe, expect, it } from 'vitest';
import type { Build } from '../../src/domain/build.ts';
import type { Verdict } from '../../src/domain/decision.ts';
import { type StoredDecision, story, waitingFor } from '../../src/domain/why.ts';
import { eventSentence, waitingSentence } from '../../src/output/why.ts';
import { buildWith } from './build-fixture.ts';

const at = (hours: number, minutes: number) => new Date(2026, 8, 1, hours, minutes).getTime();
const now = at(12, 30);
const told = { repo: 'amppd', branch: 'topic/x', file: 'amp.yaml', now };

const build = buildWith({ branch: 'topic/x', queuedAt: at(12, 3) });

const decision = (verdict: Verdict, more: Partial<StoredDecision> = {}): StoredDecision => ({
  at: at(12, 3),
  sha: '4f2c1d0'.padEnd(40, '0'),
  previousSha: 'a1b2c3d'.padEnd(40, '0'),
  verdict,
  buildId: null,
  ...more,
});

const sentences = (decisions: readonly StoredDecision[], builds: readonly Build[] = []) =>
  story({ decisions, builds }, 20).map((event) => eventSentence(event, told));

describe('a decision is told', () => {
  it.each<[string, StoredDecision]>([
    [
      'moved from a1b2c3d to 4f2c1d0: queued as build 41',
      decision({ kind: 'build', reason: 'push' }, { buildId: 41 }),
    ],
    [
      'appeared at 4f2c1d0: queued as build 41',
      decision({ kind: 'build', reason: 'push' }, { buildId: 41, previousSha: null }),
    ],
    [
      'the bootstrap changed (head 4f2c1d0): queued as build 41',
      decision({ kind: 'build', reason: 'bootstrap' }, { buildId: 41 }),
    ],
    [
      'moved from a1b2c3d to 4f2c1d0: queued as a build that is no longer stored',
      decision({ kind: 'build', reason: 'push' }),
    ],
    [
      'moved from a1b2c3d to 4f2c1d0: coalesced into build 41, which was queued',
      decision({ kind: 'coalesced' }, { buildId: 41 }),
    ],
    [
      'appeared at 4f2c1d0: not built: taken as seen at the first poll (first_poll: default_branch)',
      decision({ kind: 'taken_as_seen', setting: 'default_branch' }, { previousSha: null }),
    ],
    [
      "moved from a1b2c3d to 4f2c1d0: ignored by `branches: ['!topic/*']` (amp.yaml:14)",
      decision({ kind: 'ignored', pattern: '!topic/*', line: 14 }),
    ],
    [
      'moved from a1b2c3d to 4f2c1d0: ignored, since no pattern of `branches` matches it (amp.yaml:14)',
      decision({ kind: 'ignored', pattern: null, line: 14 }),
    ],
    [
      'moved from a1b2c3d to 4f2c1d0: not built: no key of `scripts` fits it (amp.yaml)',
      decision({ kind: 'no_scripts' }),
    ],
    [
      'moved from a1b2c3d to 4f2c1d0: not built: it was last built from this commit',
      decision({ kind: 'already_built' }),
    ],
    ['two full polls missed it, so it is taken as deleted', decision({ kind: 'forgotten' }, { sha: null })],
    [
      'two full polls missed it, so it is taken as deleted: build 41 was cancelled',
      decision({ kind: 'forgotten' }, { sha: null, buildId: 41 }),
    ],
  ])('%s', (sentence, stored) => {
    expect(sentences([stored])).toEqual([sentence]);
  });
});

describe('a story', () => {
  it('goes from the push to the end of its build, in the order of time', () => {
    const running = {
      ...build,
      id: 40,
      state: 'success' as const,
      queuedAt: at(11, 58),
      startedAt: at(11, 59),
      finishedAt: at(12, 6),
    };
    const next = {
      ...build,
      startedAt: at(12, 6),
      finishedAt: at(12, 10),
      state: 'failure' as const,
      step: 'build_packages',
      exitCode: 2,
    };
    const decisions = [
      decision({ kind: 'coalesced' }, { at: at(12, 5), buildId: 41, sha: '77e'.padEnd(40, '0') }),
      decision({ kind: 'build', reason: 'push' }, { buildId: 41 }),
      decision(
        { kind: 'build', reason: 'push' },
        { at: at(11, 58), buildId: 40, previousSha: null, sha: 'a1b2c3d'.padEnd(40, '0') },
      ),
    ];
    expect(sentences(decisions, [next, running])).toEqual([
      'appeared at a1b2c3d: queued as build 40',
      'moved from a1b2c3d to 4f2c1d0: queued as build 41',
      'moved from a1b2c3d to 77e0000: coalesced into build 41, which was queued behind build 40',
      'build 40 ended as success after 7 min 00 s',
      'build 41 ended as failure in build_packages, exit 2 after 4 min 00 s: ampci log 41',
    ]);
  });

  it('tells retries up to the last', () => {
    const attempt = (id: number, number: number, from: number): Build => ({
      ...build,
      id,
      attempt: number,
      reason: number === 1 ? 'push' : 'retry',
      state: 'error',
      message: 'no network',
      queuedAt: at(12, from),
      notBefore: number === 1 ? 0 : at(12, from + 1),
      startedAt: at(12, from + 1),
      finishedAt: at(12, from + 2),
    });
    const pushed = decision({ kind: 'build', reason: 'push' }, { buildId: 41, at: at(12, 3) });
    expect(sentences([pushed], [attempt(43, 3, 7), attempt(42, 2, 5), attempt(41, 1, 3)])).toEqual([
      'moved from a1b2c3d to 4f2c1d0: queued as build 41',
      'build 41 ended as error: no network after 1 min 00 s: ampci log 41',
      'retried as build 42, attempt 2 of 3, not before 12:06',
      'build 42 ended as error: no network after 1 min 00 s: ampci log 42',
      'retried as build 43, attempt 3 of 3, not before 12:08',
      'build 43 ended as error: no network after 1 min 00 s; given up after 3 attempts: ampci build amppd topic/x',
    ]);
  });

  it('tells builds asked for by hand, running, cancelled and skipped ones', () => {
    const builds: Build[] = [
      { ...build, id: 44, reason: 'manual', queuedAt: at(12, 9), state: 'running', startedAt: at(12, 10) },
      {
        ...build,
        id: 43,
        state: 'skipped',
        queuedAt: at(12, 7),
        startedAt: at(12, 7),
        finishedAt: at(12, 8),
        message: '[skip ci] in the subject',
      },
      {
        ...build,
        id: 42,
        state: 'cancelled',
        queuedAt: at(12, 5),
        finishedAt: at(12, 6),
        message: 'its branch was deleted before it started',
      },
    ];
    const decisions = [42, 43].map((buildId) =>
      decision({ kind: 'build', reason: 'push' }, { buildId, at: at(12, 4) }),
    );
    expect(sentences(decisions, builds).slice(2)).toEqual([
      'build 42 ended as cancelled: its branch was deleted before it started',
      'build 43 ended as skipped: [skip ci] in the subject after 1 min 00 s: ampci log 43',
      'queued as build 44 at 4f2c1d0, asked for by hand',
      'build 44 started and is running: ampci log 44 -f',
    ]);
  });

  it('keeps the newest events', () => {
    const decisions = [3, 2, 1].map((minutes) => decision({ kind: 'no_scripts' }, { at: at(12, minutes) }));
    expect(story({ decisions, builds: [] }, 2).map((event) => event.at)).toEqual([at(12, 2), at(12, 3)]);
  });
});

describe('a queued build', () => {
  const other = { id: 38, repoId: 2, branch: 'main', startedAt: at(11, 58) };
  const third = { id: 39, repoId: 3, branch: 'main', startedAt: at(12, 1) };
  const own = { id: 40, repoId: 1, branch: 'topic/x', startedAt: at(12, 1) };

  it.each([
    ['waiting: 2 of 2 workers busy since 12:01 (builds 38, 39)', build, [other, third], 2],
    ['waiting: 1 of 1 workers busy since 11:58 (build 38)', build, [other], 1],
    ['waiting: build 40 of the same branch is running', build, [other, own], 2],
    ['waiting: a worker is free, the next poll starts it', build, [other], 2],
    ['waiting: a retry is not made before 12:31', { ...build, notBefore: at(12, 31) }, [other, third], 2],
  ])('is %s', (sentence, queued, running, workers) => {
    expect(waitingSentence(waitingFor(queued, { running, workers, now }), now)).toBe(sentence);
  });
});
