import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Process } from './processes.ts';
import type { Site } from './site.ts';

/** What must have been built when nothing is left to do. */
export interface Expected {
  readonly heads: readonly ExpectedHead[];
  /** Beside which commit the default branches must have been built; null: without one. */
  readonly bootstrapSha: string | null;
}

export interface ExpectedHead {
  readonly repo: string;
  readonly branch: string;
  readonly sha: string;
  /** How often the branch came to point at it. Default: once. */
  readonly times?: number;
  /** Default: `success`. */
  readonly state?: string;
}

interface Scene {
  readonly site: Site;
  readonly expected: Expected;
  readonly processes: () => readonly Process[];
}

/** All that does not hold, in sentences. */
export async function violationsOf(scene: Scene): Promise<readonly string[]> {
  const { site, expected } = scene;
  return [
    ...expected.heads.flatMap((head) => headViolations(site, head, expected.bootstrapSha)),
    ...site
      .read<{ id: number; state: string }>(
        "SELECT id, state FROM builds WHERE state IN ('queued', 'running')",
      )
      .map(({ id, state }) => `build ${id} is still ${state}`),
    ...site.read<{ text: string }>('SELECT text FROM outbox').map(({ text }) => `never told: ${text}`),
    ...site
      .read<{ id: number }>('SELECT id FROM builds WHERE untold = 1')
      .map(({ id }) => `never told: build ${id}`),
    ...integrity(site),
    ...namesIn(site.temproot)
      .filter((name) => !name.endsWith('-kept'))
      .map((name) => `left in temproot: ${name}`),
    ...namesIn(join(site.folder, 'home/.cache/ampci/config'))
      .filter((name) => !/^config-[\da-f]+\.json$/.test(name))
      .map((name) => `left in the cache: ${name}`),
    ...locks(site),
    ...mirrors(site),
    ...(await leftProcesses(scene)),
  ];
}

interface Row {
  readonly id: number;
  readonly state: string;
}

function headViolations(site: Site, head: ExpectedHead, bootstrapSha: string | null): string[] {
  const { repo, branch, sha, times = 1, state = 'success' } = head;
  const title = `${repo} ${branch} at ${sha.slice(0, 8)}`;
  const beside = branch === 'main' && bootstrapSha ? ` AND b.bootstrap_sha = '${bootstrapSha}'` : '';
  const from = `FROM builds b JOIN repos r ON r.id = b.repo_id WHERE r.name = ${quoted(repo)} AND b.branch = ${quoted(branch)}`;
  const good = site.read<Row>(
    `SELECT b.id, b.state ${from} AND b.sha = ${quoted(sha)} AND b.state = '${state}'${beside}`,
  );
  const stored = site.read<{ sha: string }>(
    `SELECT h.sha FROM heads h JOIN repos r ON r.id = h.repo_id WHERE r.name = ${quoted(repo)} AND h.branch = ${quoted(branch)}`,
  )[0]?.sha;
  const last = site.read<{ sha: string; state: string }>(
    `SELECT b.sha, b.state ${from} AND b.state NOT IN ('cancelled', 'skipped') ORDER BY b.id DESC LIMIT 1`,
  )[0];
  return [
    ...(stored === sha ? [] : [`${title}: the stored head is ${stored}`]),
    ...(last?.sha === sha && last.state === state
      ? []
      : [`${title}: its last build is ${JSON.stringify(last)}`]),
    ...(good.length >= 1 && good.length <= times
      ? []
      : [`${title}: ${good.length} builds ended as ${state}`]),
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function integrity(site: Site): string[] {
  const results = [
    ...site.read<Record<string, string>>('PRAGMA integrity_check'),
    ...site.read<Record<string, string>>('PRAGMA foreign_key_check'),
  ].flatMap((row) => Object.values(row));
  const journal = existsSync(join(site.datadir, 'ampci.db-journal'));
  return results.filter((result) => result !== 'ok').map((result) => `database: ${result} ${journal}`);
}

/** A lock that nobody holds can be taken. */
function locks(site: Site): string[] {
  const folder = join(site.datadir, 'locks');
  return namesIn(folder)
    .filter((name) => name.endsWith('.lock'))
    .flatMap((name) => {
      const db = new Database(join(folder, name), { timeout: 0 });
      try {
        db.exec('BEGIN EXCLUSIVE');
        return [];
      } catch (error) {
        return [`lock ${name} is held: ${error}`];
      } finally {
        db.close();
      }
    });
}

function mirrors(site: Site): string[] {
  const folder = join(site.datadir, 'mirrors');
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    if (!name.endsWith('.git')) return [`left among the mirrors: ${name}`];
    const locked = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.lock'),
    );
    return [...locked.map((file) => `git lock file: ${name}/${file}`), ...fsck(path)];
  });
}

function fsck(path: string): string[] {
  try {
    const env = {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      LC_ALL: 'C',
    };
    execFileSync('git', ['-C', path, 'fsck', '--full', '--no-dangling', '--no-progress'], {
      env,
      stdio: 'pipe',
    });
    return [];
  } catch (error) {
    return [`git fsck: ${(error as { stderr: Buffer }).stderr}`];
  }
}

/** Whoever was killed a moment ago may need another one to be gone. */
async function leftProcesses({ processes }: Scene): Promise<string[]> {
  for (let looks = 0; looks < 20 && processes().length > 0; looks += 1) await pause(50);
  return processes().map(({ pid, command }) => `still runs: ${pid} ${command}`);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
