import { appendFileSync, mkdirSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followBuild } from '../../src/commands/follow.ts';
import { log } from '../../src/commands/log.ts';
import { buildLogFile } from '../../src/logs/build-log.ts';
import { configWith } from '../domain/config-fixture.ts';
import { temporaryDatadir } from '../store/fixture.ts';
import { addBuild, addHead, addRepo, minute, noon } from '../store/rows.ts';
import { type Screen, screen } from './screen.ts';

let place: ReturnType<typeof temporaryDatadir>;
let repo_id: number;
beforeEach(() => {
  place = temporaryDatadir();
  repo_id = addRepo(place.db, 'amppd');
  addHead(place.db, repo_id);
  addHead(place.db, repo_id, { branch: 'topic' });
});
afterEach(() => place[Symbol.dispose]());

interface Asked {
  readonly target?: string;
  readonly branch?: string;
  readonly follow?: boolean;
  readonly terminal?: Screen;
  readonly signal?: AbortSignal;
}

async function ask({
  target,
  branch,
  follow = false,
  terminal = screen(),
  signal = new AbortController().signal,
}: Asked = {}) {
  const options = { target: target ?? null, branch: branch ?? null, follow };
  await log({ options, config: configWith({ datadir: place.datadir, maxLogSizeBytes }), terminal, signal });
  return terminal.text();
}

const maxLogSizeBytes = 1_000_000;

const logOf = (id: number) => buildLogFile(place.datadir, id);

function write(id: number, content: string | Uint8Array): void {
  mkdirSync(dirname(logOf(id)), { recursive: true });
  writeFileSync(logOf(id), content);
}

function end(id: number, state = 'success'): void {
  place.db
    .prepare(
      `UPDATE builds SET state = ?, finished_at = ?, owner_pid = NULL, owner_start = NULL, owner_boot = NULL WHERE id = ?`,
    )
    .run(state, noon + 2 * minute, id);
}

function start(id: number): void {
  place.db
    .prepare(
      `UPDATE builds SET state = 'running', started_at = ?, owner_pid = 1, owner_start = '1', owner_boot = 'b' WHERE id = ?`,
    )
    .run(noon + minute, id);
}

describe('the log of', () => {
  beforeEach(() => {
    for (const branch of ['main', 'topic', 'main'])
      write(addBuild(place.db, { repo_id, branch }), `${branch}\n`);
    writeFileSync(logOf(1), 'first of main\n');
    addBuild(place.db, { repo_id, branch: 'main', state: 'queued' });
  });

  it.each<[string, Asked, string]>([
    ['a build', { target: '1' }, 'first of main\n'],
    ['the latest build that began', {}, 'main\n'],
    ['the latest build of a repository', { target: 'amppd' }, 'main\n'],
    ['the latest build of a branch', { target: 'amppd', branch: 'topic' }, 'topic\n'],
  ])('%s', async (_, asked, text) => {
    expect(await ask(asked)).toBe(text);
  });

  it.each<[Asked, string]>([
    [{ target: '9' }, 'there is no build 9: see "ampci history"'],
    [{ target: '4' }, 'build 4 has not started yet: follow it with "ampci log 4 -f"'],
    [{ target: 'ampd' }, 'no repository "ampd" has been polled: did you mean amppd?'],
    [{ target: '1', branch: 'main' }, 'no repository "1" has been polled'],
    [{ target: 'amppd', branch: 'topci' }, 'AMP/amppd has no branch "topci": did you mean topic?'],
  ])('not %j', async (asked, message) => {
    await expect(ask(asked)).rejects.toThrow(message);
  });

  it('a repository that is called like a number, by its branch', async () => {
    const number = addRepo(place.db, '2048');
    addHead(place.db, number);
    write(addBuild(place.db, { repo_id: number, branch: 'main' }), 'of 2048\n');
    expect(await ask({ target: '2048', branch: 'main' })).toBe('of 2048\n');
  });

  it('not a build whose log was removed, nor one that never began', async () => {
    unlinkSync(logOf(1));
    await expect(ask({ target: '1' })).rejects.toThrow(
      `${logOf(1)} is missing: the log of build 1 was removed`,
    );
    const cancelled = addBuild(place.db, { repo_id, state: 'cancelled', started_at: null });
    await expect(ask({ target: String(cancelled) })).rejects.toThrow(
      'was cancelled before it started and has no log',
    );
  });

  it('not a repository that was never built', async () => {
    const other = addRepo(place.db, 'quiet');
    addHead(place.db, other);
    await expect(ask({ target: 'quiet', branch: 'main' })).rejects.toThrow(
      'nothing was built yet of quiet main: see "ampci why quiet"',
    );
  });
});

describe('bytes', () => {
  const bytes = Buffer.concat([
    Buffer.from('\u001b]0;title\u0007\u001b[31mred\r'),
    Buffer.of(0xff, 0x00),
    Buffer.from('日'.repeat(300_000)),
  ]);

  it('go into a pipe as they are', async () => {
    write(addBuild(place.db, { repo_id }), bytes);
    const terminal = screen();
    await ask({ terminal });
    expect(Buffer.concat(terminal.written.map((each) => Buffer.from(each as Uint8Array))).equals(bytes)).toBe(
      true,
    );
  });

  it('reach a terminal harmless, characters at the edges of chunks whole', async () => {
    write(addBuild(place.db, { repo_id }), bytes);
    const text = await ask({ terminal: screen({ isTerminal: true, color: true }) });
    expect(text).toBe(`\u001b[31mred\n\ufffd${'日'.repeat(300_000)}\u001b[0m`);
  });
});

describe('-f', () => {
  it('follows a running build across its steps and ends with it', async () => {
    const id = addBuild(place.db, { repo_id, state: 'running' });
    write(id, 'step 1\n');
    const terminal = screen();
    const following = ask({ target: String(id), follow: true, terminal });
    await expect.poll(() => terminal.text()).toBe('step 1\n');
    appendFileSync(logOf(id), 'step 2\n');
    await expect.poll(() => terminal.text()).toBe('step 1\nstep 2\n');
    appendFileSync(logOf(id), 'the last words\n');
    end(id);
    expect(await following).toBe('step 1\nstep 2\nthe last words\n');
  });

  it('prints of a log that outgrows its limit what stays of it, and the note why', async () => {
    const id = addBuild(place.db, { repo_id, state: 'running' });
    const flood = 'x'.repeat(maxLogSizeBytes);
    write(id, `${flood}and more`);
    const terminal = screen();
    const following = ask({ target: String(id), follow: true, terminal });
    await expect.poll(() => terminal.text().length).toBeGreaterThanOrEqual(maxLogSizeBytes);
    truncateSync(logOf(id), maxLogSizeBytes);
    appendFileSync(logOf(id), '\nits log outgrew\n');
    end(id, 'failure');
    expect((await following) === `${flood}\nits log outgrew\n`).toBe(true);
  });

  it('waits for a queued build to begin, whose log is not there yet', async () => {
    const id = addBuild(place.db, { repo_id, state: 'queued' });
    mkdirSync(dirname(logOf(id)), { recursive: true });
    const terminal = screen();
    const following = ask({ follow: true, terminal });
    start(id);
    write(id, 'begun\n');
    await expect.poll(() => terminal.text()).toBe('begun\n');
    end(id, 'failure');
    expect(await following).toBe('begun\n');
  });

  it('prints a build that has ended and ends at once', async () => {
    const id = addBuild(place.db, { repo_id });
    write(id, 'done\n');
    expect(await ask({ target: String(id), follow: true })).toBe('done\n');
  });

  it('ends when interrupted, saying in which state the build is', async () => {
    const id = addBuild(place.db, { repo_id, state: 'running' });
    write(id, 'working\n');
    const terminal = screen();
    const interrupt = new AbortController();
    const following = followBuild({
      datadir: place.datadir,
      buildId: id,
      terminal,
      maxLogSizeBytes,
      signal: interrupt.signal,
    });
    await expect.poll(() => terminal.text()).toBe('working\n');
    interrupt.abort();
    expect(await following).toBe('running');
  });

  it('ends with a build that is removed meanwhile', async () => {
    const id = addBuild(place.db, { repo_id, state: 'running' });
    const following = followBuild({
      datadir: place.datadir,
      buildId: id,
      terminal: screen(),
      maxLogSizeBytes,
      signal: new AbortController().signal,
    });
    place.db.prepare('DELETE FROM builds WHERE id = ?').run(id);
    expect(await following).toBeNull();
  });

  it('sleeps while nothing changes', async () => {
    const id = addBuild(place.db, { repo_id, state: 'running' });
    write(id, 'working\n');
    const terminal = screen();
    const interrupt = new AbortController();
    const following = ask({ target: String(id), follow: true, terminal, signal: interrupt.signal });
    await expect.poll(() => terminal.text()).toBe('working\n');
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { user, system } = process.cpuUsage(before);
    interrupt.abort();
    await following;
    // A loop without sleep would have taken all of them.
    expect((user + system) / 1000).toBeLessThan(250);
  });
});

it('reads no further than it may print: an interrupt stops a long log', async () => {
  const id = addBuild(place.db, { repo_id });
  write(id, 'x'.repeat(5_000_000));
  const interrupt = new AbortController();
  const terminal = screen();
  const stopping = {
    ...terminal,
    write(text: string | Uint8Array) {
      interrupt.abort();
      terminal.write(text);
    },
  };
  const options = { target: String(id), branch: null, follow: false };
  await log({
    options,
    config: configWith({ datadir: place.datadir }),
    terminal: stopping,
    signal: interrupt.signal,
  });
  expect(terminal.text().length).toBeLessThan(1_000_000);
});
