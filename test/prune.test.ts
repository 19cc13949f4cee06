import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Context, openContext } from '../src/context.ts';
import type { Config } from '../src/domain/config.ts';
import { isPruneDue, prune } from '../src/prune.ts';
import { openForWriting } from '../src/store/database.ts';
import { tryLock } from '../src/store/lock.ts';
import { configWith, repoSetting } from './domain/config-fixture.ts';
import { fill } from './store/fixture.ts';
import { addBuild, addHead, addRepo, noon } from './store/rows.ts';

const day = 24 * 3_600_000;
let folder: string;
let context: Context;
let now: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ampci-prune-'));
  now = noon;
  context = open({});
});
afterEach(() => {
  context.close();
  rmSync(folder, { recursive: true });
});

function open(changes: Partial<Config>, signal = new AbortController().signal): Context {
  const datadir = join(folder, 'data');
  const temproot = join(folder, 'temp');
  mkdirSync(join(datadir, 'logs', 'builds'), { recursive: true });
  mkdirSync(temproot, { recursive: true });
  const file = join(folder, 'amp.yaml');
  writeFileSync(file, '');
  return openContext({
    config: configWith({
      file,
      forge: 'git',
      apiUrl: null,
      server: 'file:///nowhere',
      datadir,
      temproot,
      repos: [repoSetting('amppd')],
      retention: { builds: 3, days: 30 },
      ...changes,
    }),
    isOutdated: () => false,
    access: 'writing',
    command: 'prune',
    environment: { PATH: process.env.PATH },
    clock: () => now,
    signal,
    pause: async () => true,
    tell: () => true,
    verbose: false,
  });
}

function addLoggedBuild(build: Parameters<typeof addBuild>[1]): number {
  const id = addBuild(context.db, build);
  writeFileSync(logOf(id), 'output\n');
  return id;
}

function logOf(id: number): string {
  return join(context.config.datadir, 'logs', 'builds', `${id}.log`);
}

function keptIds(): number[] {
  return context.db.prepare('SELECT id FROM builds ORDER BY id').pluck().all() as number[];
}

it('lets builds go that are too old or too many of their branch, with their logs', async () => {
  const repo_id = addRepo(context.db, 'amppd');
  const old = [1, 2].map((n) => addLoggedBuild({ repo_id, queued_at: noon - (40 + n) * day }));
  const many = [1, 2].map((n) => addLoggedBuild({ repo_id, queued_at: noon - 20 * day + n }));
  const recent = [1, 2, 3].map((n) => addLoggedBuild({ repo_id, queued_at: noon - day + n }));
  expect(await prune(context)).toMatchObject({ builds: 4 });
  expect(keptIds()).toEqual(recent);
  expect([...old, ...many].filter((id) => existsSync(logOf(id)))).toEqual([]);
  expect(recent.every((id) => existsSync(logOf(id)))).toBe(true);
});

it('keeps the last build and the last success of a branch, and whatever waits, runs or is untold, however old', async () => {
  const repo_id = addRepo(context.db, 'amppd');
  const at = noon - 300 * day;
  const success = addLoggedBuild({ repo_id, queued_at: at });
  const failure = addLoggedBuild({ repo_id, state: 'failure', queued_at: at + 1 });
  addHead(context.db, repo_id, { latest_success: success, latest_build: failure, failing: 1 });
  const kept = [
    addBuild(context.db, { repo_id, branch: 'a', state: 'queued', queued_at: at }),
    addBuild(context.db, { repo_id, branch: 'b', state: 'running', queued_at: at }),
    addBuild(context.db, { repo_id, branch: 'c', state: 'failure', queued_at: at, untold: 1 }),
  ];
  expect(await prune(context)).toMatchObject({ builds: 0 });
  expect(keptIds()).toEqual([success, failure, ...kept]);
});

it('leaves the log of a repository that has the name of a forgotten one now', async () => {
  addRepo(context.db, 'amppd', { forge_id: 'old', watched: 0 });
  addRepo(context.db, 'amppd', { forge_id: 'new' });
  addRepo(context.db, 'other', { watched: 0 });
  const logs = join(context.config.datadir, 'logs');
  for (const name of ['amppd.log', 'other.log']) writeFileSync(join(logs, name), '');
  await prune(context);
  expect(readdirSync(logs)).toEqual(['amppd.log', 'builds']);
  expect(context.db.prepare('SELECT forge_id FROM repos').pluck().all()).toEqual(['new']);
});

it('goes on where a crash had removed logs but no rows yet', async () => {
  const repo_id = addRepo(context.db, 'amppd');
  const id = addLoggedBuild({ repo_id, queued_at: noon - 90 * day });
  rmSync(logOf(id));
  await prune(context);
  expect(keptIds()).toEqual([]);
});

it('forgets repositories that are no longer watched once nothing refers to them, and their mirrors', async () => {
  addRepo(context.db, 'amppd');
  addRepo(context.db, 'gone', { watched: 0 });
  const mirrors = join(context.config.datadir, 'mirrors');
  mkdirSync(join(mirrors, 'AMP%2Fgone.git'), { recursive: true });
  await prune(context);
  expect(context.db.prepare('SELECT name FROM repos').pluck().all()).toEqual(['amppd']);
  expect(readdirSync(mirrors)).toEqual([]);
});

it('removes workspaces that were kept when their builds go', async () => {
  const repo_id = addRepo(context.db, 'amppd');
  const old = addLoggedBuild({ repo_id, state: 'failure', queued_at: noon - 90 * day });
  const recent = addLoggedBuild({ repo_id, state: 'failure', queued_at: noon - day });
  const kept = (id: number) => join(context.config.temproot, `ampci-${context.datadirId}-${id}-abc-kept`);
  for (const id of [old, recent]) mkdirSync(kept(id));
  await prune(context);
  expect([existsSync(kept(old)), existsSync(kept(recent))]).toEqual([false, true]);
});

it('gives the room back to the file system', async () => {
  fill(context.db, { builds: 5000, now: noon - 100 * day });
  const pages = () => context.db.pragma('page_count', { simple: true }) as number;
  const before = pages();
  await prune(context);
  expect(pages()).toBeLessThan(before / 2);
  expect(context.db.pragma('integrity_check', { simple: true })).toBe('ok');
});

it('ends where the database keeps its room, as one that was restored from a dump does', async () => {
  context.db.exec('PRAGMA auto_vacuum = NONE; VACUUM');
  fill(context.db, { builds: 1000, now: noon - 40 * day });
  expect(await prune(context)).toMatchObject({ builds: expect.any(Number) });
  expect(context.db.pragma('freelist_count', { simple: true })).toBeGreaterThan(0);
});

it('never holds up whoever waits for the database: it is free between small transactions', async () => {
  fill(context.db, { builds: 3000, now: noon - 100 * day });
  const other = openForWriting(context.config.datadir);
  other.pragma('busy_timeout = 0');
  let turns = 0;
  const poll = setInterval(() => {
    other.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('pruned_at', '0')").run();
    turns += 1;
  }, 1);
  await prune(context).finally(() => clearInterval(poll));
  other.close();
  expect(turns).toBeGreaterThan(5);
});

it('is due once a day, and one at a time', async () => {
  expect(isPruneDue(context)).toBe(true);
  const held = tryLock(context.config.datadir, 'prune');
  expect(await prune(context)).toBeNull();
  held?.release();
  expect(await prune(context)).not.toBeNull();
  expect(isPruneDue(context)).toBe(false);
  now += day;
  expect(isPruneDue(context)).toBe(true);
});

it('is still due when a signal has stopped it', async () => {
  context.close();
  context = open({}, AbortSignal.abort());
  await prune(context);
  expect(isPruneDue(context)).toBe(true);
});
