import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/domain/check.ts';
import type { Facts } from '../../src/domain/facts.ts';
import { findings } from '../../src/output/findings.ts';
import { nagios, nagiosUnknown } from '../../src/output/nagios.ts';
import { expected, factsWith, failingWith, minute, now } from '../domain/facts-fixture.ts';

function rendered(facts: Facts): string {
  const verdict = check(facts, expected, { warning: new Map(), critical: new Map() });
  return nagios(verdict, findings(verdict, facts), facts);
}

const active = (branch: string) => ({ id: 41, repo: 'amppd', branch, since: now - 600 * minute });

/** Everything is wrong, and these texts are everywhere. */
function allWrong(text: string, count = 1): Facts {
  return factsWith({
    polls: {
      count: 100,
      firstAt: now - 600 * minute,
      lastGoodAt: now - 500 * minute,
      last: { finishedAt: now - minute, outcome: 'failed', message: text },
      failed: 3,
    },
    failing: Array.from({ length: count }, () =>
      failingWith({ repo: text, branch: text }, { step: text, message: text, author: text, subject: text }),
    ),
    queue: { count: 3, oldest: active(text) },
    running: { count: 2, longest: active(text) },
    broken: [{ repo: text, since: now - minute, message: text }],
    freeDiskBytes: 1,
    tokenExpiresAt: now,
    quotas: [{ resource: 'core', quota: 5000, remaining: 1, resetAt: now + minute }],
  });
}

describe('a plugin output', () => {
  it('says in one line that all is well, with what was measured', () => {
    expect(rendered(factsWith())).toBe(
      "AMPCI OK - polled 10 s ago, nothing fails, 0 running, 0 queued | 'poll_age'=10s;600;1800;0 " +
        "'failed_polls'=0;0;;0 'broken_repos'=0;0;;0 'failing_default'=0;;0;0 'failing_other'=0;0;;0 'given_up'=0;0;;0 " +
        "'queued'=0;;;0 'queue_age'=0s;7200;21600;0 'running'=0;;;0 'run_time'=0s;7200;14400;0 " +
        "'free_disk'=50000000000B;2000000000:;1000000000:;0 'builds'=41c;;;0 'polls'=100c;;;0\n",
    );
  });

  it('leads from each finding to the command that shows more, the worst first', () => {
    const [first, ...lines] = rendered(
      factsWith({
        failing: [
          failingWith(),
          failingWith(
            { branch: 'topic', isDefault: false },
            { id: 40, state: 'error', attempt: 3, step: null, exitCode: null, message: 'no network' },
          ),
        ],
        broken: [{ repo: 'amppd-ui', since: now - 3 * minute, message: 'AMP/amppd-ui is missing' }],
        queue: { count: 3, oldest: { id: 41, repo: 'amppd', branch: "it's", since: now - 150 * minute } },
      }),
    ).split('\n');
    expect(first).toMatch(/^AMPCI CRITICAL - amppd main fails \(build 38\) and 4 more \| '/);
    expect(lines).toEqual([
      'CRITICAL: amppd main has been failing for 2 h: build 38 ended as failure in build_packages, exit 2 (Jane Doe: Mend the frobnicator) - see: ampci log 38',
      'WARNING: amppd-ui has not been readable for 3 min: AMP/amppd-ui is missing - see: ampci check',
      'WARNING: amppd topic has been failing for 2 h: build 40 ended as error: no network (Jane Doe: Mend the frobnicator) - see: ampci log 40',
      'WARNING: amppd topic was given up after 3 attempts: no network - see: ampci build amppd topic',
      String.raw`WARNING: 3 builds queued, the oldest, 41 (amppd it's), for 2 h - see: ampci why amppd 'it'\''s'`,
      '',
    ]);
  });

  it('tells a stopped cron from an outage', () => {
    const polls = factsWith().polls;
    const silent = {
      ...polls,
      lastGoodAt: now - 60 * minute,
      last: { ...polls.last, finishedAt: now - 60 * minute },
    };
    expect(rendered(factsWith({ polls: silent }))).toContain('CRITICAL - no good poll for 1 h |');
    expect(rendered(factsWith({ polls: silent }))).toContain(
      'CRITICAL: no good poll for 1 h: has cron stopped?',
    );
    const outage = {
      ...silent,
      failed: 60,
      last: { finishedAt: now, outcome: 'failed' as const, message: 'no route to github.com' },
    };
    expect(rendered(factsWith({ polls: outage }))).toContain(
      'for 1 h (the last one said: no route to github.com) - see',
    );
  });

  it('blames no server by a name that it may not have', () => {
    const last = { finishedAt: now, outcome: 'failed' as const, message: 'no route to git.example' };
    const output = rendered(factsWith({ polls: { ...factsWith().polls, failed: 3, last } }));
    expect(output).toContain(' - the heads could not be asked for: no route to git.example | ');
    expect(output).not.toContain('GitHub');
  });

  it('has words for everything that can be wrong', () => {
    const lines = rendered(allWrong('x')).trimEnd().split('\n').slice(1);
    expect(lines).toHaveLength(9);
    for (const line of lines) expect(line).toMatch(/^(CRITICAL|WARNING): .+ - see: ampci [a-z]+/);
  });
});

/** What a monitoring system makes of plugin output, after the guidelines. */
function parsed(output: string) {
  const [first = '', ...lines] = output.replace(/\n$/, '').split('\n');
  const [text = '', data = '', ...more] = first.split('|');
  const metrics = [...data.matchAll(/\s'([^'=]+)'=(-?[\d.]+)(s|B|c)?((?:;[-\d.:~@]*){0,4})(?=\s|$)/g)];
  return {
    text,
    data,
    more,
    lines,
    names: metrics.map(([, name]) => name),
    parsedLength: metrics.map(([all]) => all).join('').length,
  };
}

const stranger = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'a|b',
    "'poll_age'=0",
    'x\n| y=1',
    '\u001b[31m',
    '\u202e',
    'a\u0000b',
    '$(id)',
    '日'.repeat(3000),
  ),
);

describe('whatever a branch, an author or a message is called', () => {
  it('line 1 holds the text and all perfdata, no line holds more, and all of it fits into 4 KB', () => {
    fc.assert(
      fc.property(stranger, fc.integer({ min: 1, max: 100 }), (text, count) => {
        const output = rendered(allWrong(text, count));
        const { text: summary, data, more, lines, names, parsedLength } = parsed(output);
        expect(Buffer.byteLength(output)).toBeLessThanOrEqual(4096);
        expect(summary).toMatch(/^AMPCI CRITICAL - /);
        expect(more).toEqual([]);
        expect(names).toContain('poll_age');
        expect(new Set(names).size).toBe(names.length);
        // Perfdata is nothing but these metrics.
        expect(parsedLength).toBe(data.length);
        expect(lines.length).toBeGreaterThan(0);
        for (const line of lines) expect(line).toMatch(/^(CRITICAL: |WARNING: |and \d+ more - )[^|]*$/);
        expect(output).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('an error is one line of UNKNOWN without perfdata', () => {
    fc.assert(
      fc.property(stranger, (text) => {
        const output = nagiosUnknown(text);
        expect(output).toMatch(/^AMPCI UNKNOWN - [^|\p{Cc}]*\n$/u);
        expect(Buffer.byteLength(output)).toBeLessThan(2048);
      }),
    );
  });
});

it('findings that do not fit are counted', () => {
  const output = rendered(allWrong('branch', 100));
  const shown = output.match(/^(CRITICAL|WARNING):/gm)?.length ?? 0;
  expect(shown).toBeGreaterThan(10);
  expect(output).toContain(`\nand ${108 - shown} more - see: ampci history --failed\n`);
});
