import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HistoryOptions, history } from '../../src/commands/history.ts';
import { states } from '../../src/domain/build.ts';
import { configWith } from '../domain/config-fixture.ts';
import { fill, temporaryDatadir } from '../store/fixture.ts';
import { addBuild, addBuiltHead, addRepo, minute, noon, sha } from '../store/rows.ts';
import { screen } from './screen.ts';

let place: ReturnType<typeof temporaryDatadir>;
beforeEach(() => {
  place = temporaryDatadir();
});
afterEach(() => place[Symbol.dispose]());

const none: HistoryOptions = {
  repo: null,
  branch: null,
  failed: false,
  since: null,
  until: null,
  reason: null,
  sha: null,
  count: 20,
  watch: false,
  json: false,
};

function ask(
  options: Partial<HistoryOptions> = {},
  { terminal = screen(), signal = new AbortController().signal } = {},
) {
  const config = configWith({ datadir: place.datadir });
  return history({
    options: { ...none, ...options },
    config,
    clock: () => noon + 60 * minute,
    terminal,
    signal,
  });
}

async function ids(options: Partial<HistoryOptions>): Promise<number[]> {
  const { output } = await ask({ ...options, json: true });
  return JSON.parse(output).map(({ id }: { id: number }) => id);
}

describe('shows builds', () => {
  beforeEach(() => {
    const amppd = addRepo(place.db, 'amppd', { watched_as: 'AMP/amp-old' });
    const other = addRepo(place.db, 'amppd-ui');
    addBuiltHead(place.db, {
      repo_id: amppd,
      state: 'failure',
      sha: sha(10),
      step: 'build_packages',
      exit_code: 2,
    });
    addBuiltHead(place.db, {
      repo_id: amppd,
      branch: 'topic/AMP-2926',
      queued_at: noon + 10 * minute,
      reason: 'manual',
    });
    addBuiltHead(place.db, { repo_id: other, queued_at: noon + 20 * minute, sha: sha(11) });
  });

  it('in a table, whole in a pipe', async () => {
    const { output, exitCode } = await ask();
    expect(output.split('\n').map((line) => line.split(/ {2,}/).slice(0, 5))).toEqual([
      ['BUILD', 'STATE', 'REPO', 'BRANCH', 'COMMIT'],
      ['3', 'success', 'amppd-ui', 'main', 'bbbbbbb'],
      ['2', 'success', 'amppd', 'topic/AMP-2926', '1111111'],
      ['1', 'failure', 'amppd', 'main', 'aaaaaaa'],
      [''],
    ]);
    expect(output).toContain('build_packages, exit 2\n');
    expect(exitCode).toBe(0);
  });

  it('in the width of a terminal, with colours only where it wants them', async () => {
    const { output } = await ask({}, { terminal: screen({ isTerminal: true, columns: 60 }) });
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBe(60);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
    expect(output).not.toMatch(/\u001b/);
    expect((await ask({}, { terminal: screen({ isTerminal: true, color: true }) })).output).toContain(
      '\u001b[31mfailure\u001b[0m',
    );
  });

  it.each<[string, Partial<HistoryOptions>, number[]]>([
    ['all', {}, [3, 2, 1]],
    ['the newest', { count: 1 }, [3]],
    ['of a repository', { repo: 'amppd' }, [2, 1]],
    ['of a repository by owner and name', { repo: 'AMP/amppd-ui' }, [3]],
    ['of a repository by the name it had', { repo: 'amp-old' }, [2, 1]],
    ['of a branch', { repo: 'amppd', branch: 'main' }, [1]],
    ['that failed', { failed: true }, [1]],
    ['by reason', { reason: 'manual' }, [2]],
    ['by the beginning of a SHA', { sha: 'BBBB' }, [3]],
    ['since', { since: '45m' }, [3]],
    ['until', { until: '45m' }, [2, 1]],
    ['of a day', { since: '2026-08-31', until: '2026-09-02' }, [3, 2, 1]],
    ['of a day without any', { since: '2026-09-05' }, []],
  ])('%s', async (_, options, found) => {
    expect(await ids(options)).toEqual(found);
  });

  it.each<[Partial<HistoryOptions>, string]>([
    [{ repo: 'ampd' }, 'no repository "ampd" has been polled: did you mean amppd?'],
    [
      { repo: 'nothing-like-it' },
      'no repository "nothing-like-it" has been polled: there are amppd, amppd-ui',
    ],
    [{ repo: 'amppd', branch: 'mian' }, 'AMP/amppd has no branch "mian": did you mean main?'],
    [
      { repo: 'amppd', branch: 'amp-2926' },
      'AMP/amppd has no branch "amp-2926": did you mean topic/AMP-2926?',
    ],
    [{ sha: 'xyz1' }, '--sha xyz1: expected at least the first 4 hexadecimal digits of a commit'],
    [{ sha: 'abc' }, '--sha abc: expected at least the first 4 hexadecimal digits of a commit'],
    [{ since: 'tuesday' }, '--since tuesday: expected how long ago (7d, 12h, 30m) or a date (2026-09-01, '],
    [{ watch: true }, '--watch needs a terminal'],
  ])('not for %j', async (options, message) => {
    await expect(ask(options)).rejects.toThrow(message);
  });

  it('of repositories that share a name only by their owner', async () => {
    addRepo(place.db, 'amppd', { owner: 'other', forge_id: 'other' });
    expect(await ids({ repo: 'amppd' })).toEqual([2, 1]);
    addRepo(place.db, 'tool', { owner: 'x', forge_id: 'x/tool' });
    addRepo(place.db, 'tool', { owner: 'y', forge_id: 'y/tool' });
    await expect(ask({ repo: 'tool' })).rejects.toThrow('tool may be x/tool or y/tool: name its owner too');
    expect(await ids({ repo: 'y/tool' })).toEqual([]);
  });
});

describe('--json', () => {
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../docs/history.schema.json'), 'utf8'),
  );
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  formats.default(ajv);
  const isValid = ajv.compile(schema);

  it('fits its documented schema for every state, and the schema allows nothing else', async () => {
    fill(place.db, { builds: 400, now: noon });
    addBuild(place.db, { repo_id: 1, branch: 'q', state: 'queued' });
    addBuild(place.db, { repo_id: 1, branch: 'r', state: 'running' });
    addBuild(place.db, { repo_id: 1, branch: 'i', state: 'interrupted', step: 'x', exit_code: 137 });
    const builds = JSON.parse((await ask({ json: true, count: 1000 })).output);
    expect(new Set(builds.map(({ state }: { state: string }) => state))).toEqual(new Set(states));
    expect(isValid(builds), JSON.stringify(isValid.errors)).toBe(true);
    expect(isValid([{ ...builds[0], more: 1 }])).toBe(false);
    expect(isValid([{ ...builds[0], state: 'broken' }])).toBe(false);
  });

  it('tells one build', async () => {
    const repo_id = addRepo(place.db, 'amppd');
    addBuild(place.db, {
      repo_id,
      state: 'failure',
      step: 'build_packages',
      exit_code: 2,
      bootstrap_sha: sha(2),
      attempt: 1,
    });
    expect(JSON.parse((await ask({ json: true })).output)).toEqual([
      {
        id: 1,
        repo: 'amppd',
        branch: 'main',
        sha: sha(1),
        bootstrap_sha: sha(2),
        reason: 'push',
        state: 'failure',
        attempt: 1,
        queued_at: '2026-09-01T12:00:00.000Z',
        started_at: '2026-09-01T12:00:01.000Z',
        finished_at: '2026-09-01T12:00:11.000Z',
        duration_ms: 10_000,
        step: 'build_packages',
        exit_code: 2,
        log: join(place.datadir, 'logs/builds/1.log'),
      },
    ]);
  });

  it('is an empty list where there is nothing', async () => {
    expect((await ask({ json: true })).output).toBe('[]\n');
  });
});

it('--watch redraws when a build changes, fits the screen and ends when interrupted', async () => {
  const repo_id = addRepo(place.db, 'amppd');
  for (let index = 0; index < 9; index++) addBuild(place.db, { repo_id, queued_at: noon + index * minute });
  const interrupt = new AbortController();
  const terminal = screen({ isTerminal: true, rows: 6 });
  const frames = () => terminal.text().split('\u001b[H\u001b[2J').slice(1);
  const watching = ask({ watch: true }, { terminal, signal: interrupt.signal });
  await expect.poll(() => frames().length).toBeGreaterThan(0);
  expect(frames()[0]?.trimEnd().split('\n')).toHaveLength(5);
  addBuild(place.db, { repo_id, branch: 'brand-new', state: 'running' });
  await expect.poll(() => frames().at(-1)).toContain('brand-new');
  interrupt.abort();
  expect(await watching).toEqual({ output: '', exitCode: 0 });
});

it('says what to do without a database', async () => {
  const config = configWith({ datadir: join(place.datadir, 'none') });
  const request = {
    options: none,
    config,
    clock: () => noon,
    terminal: screen(),
    signal: new AbortController().signal,
  };
  await expect(history(request)).rejects.toThrow('none/ampci.db yet: run "ampci poll" first');
});
