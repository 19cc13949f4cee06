/**
 * A place where the real program runs: repositories, amp.yaml, a script that notes what it was given, and the
 * checks that hold after everything.
 *
 *     using site = openSite({ repos: ['one'] });
 *     site.repo('one').push('topic');
 *     await site.tick();                       // ampci poll, as cron starts it
 *     await site.ampci(['build', 'one'], { env: { AMPCI_CRASH_AT: 'build.finished' } });
 *     await site.settle();                     // ticks until nothing is left to do
 *     expect(await site.violations()).toEqual([]);
 *
 * Beside a stand-in GitHub: `openSite({ forge: { url: hub.url, token: 'secret', heads } })`.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Expected, violationsOf } from './invariants.ts';
import { processesOf } from './processes.ts';
import { cleanEnvironment, type Ran, type Running, type Surroundings, startAmpci } from './program.ts';
import { makeRemote, type Remote } from './remote.ts';

export interface SiteOptions {
  /** Names; default: `one`. The bootstrap is there besides, unless `config.bootstrap` is null. */
  readonly repos?: readonly string[];
  /** Keys of amp.yaml, over the site's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Lines of shell that the build script runs before it notes itself in the ledger. */
  readonly script?: string;
  /** Lines that it runs after that. */
  readonly scriptEnd?: string;
  /** A server instead of folders of bare repositories. */
  readonly forge?: { readonly url: string; readonly token: string | null };
}

/** A line of the ledger: what a script found checked out when it came to its end. */
export interface Entry {
  readonly repo: string;
  readonly branch: string;
  readonly sha: string;
  readonly bootstrapSha: string;
  readonly buildId: number;
  /** Seconds since boot. */
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface RunOptions extends Pick<Surroundings, 'through'> {
  readonly env?: Readonly<Record<string, string>>;
  /** How much later than now it is, in ms. */
  readonly laterMs?: number;
}

export interface Site extends Disposable {
  readonly folder: string;
  readonly datadir: string;
  readonly temproot: string;
  repo(name: string): Remote;
  readonly bootstrap: Remote;
  configure(changes: Readonly<Record<string, unknown>>): void;
  /** Writes an executable beside amp.yaml. */
  script(name: string, body: string): void;
  start(args: readonly string[], options?: RunOptions): Running;
  ampci(args: readonly string[], options?: RunOptions): Promise<Ran>;
  tick(options?: RunOptions): Promise<Ran>;
  /** Ticks, each six minutes later than the one before, until one has nothing to do or say; resolves to all of them. */
  settle(options?: RunOptions): Promise<readonly Ran[]>;
  ledger(): readonly Entry[];
  /** Runs a query on the database as it is. */
  read<Row>(sql: string): readonly Row[];
  /** Changes the database behind ampci's back. */
  write(sql: string): void;
  /** Keeps the database locked, as a backup does. */
  whileLocked<T>(use: () => Promise<T>): Promise<T>;
  /** What does not hold that must, when nothing is left to do; `expected`: default, all heads of the remotes. */
  violations(expected?: Expected): Promise<readonly string[]>;
}

const stepMs = 6 * 60_000;
const maxTicks = 12;

export function openSite(options: SiteOptions = {}): Site {
  const { repos = ['one'], config = {}, script = '', scriptEnd = '', forge = null } = options;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ampci-site-')));
  const [home, temproot, owner] = ['home', 'scratch', 'forge/acme'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [home, temproot, owner]) mkdirSync(each, { recursive: true });
  const remotes = new Map(
    ['amp_bootstrap', ...repos].map((name) => [name, makeRemote(join(owner, `${name}.git`))]),
  );
  const repo = (name: string) => remotes.get(name) ?? fail(`no repository ${name}`);
  const datadir = join(folder, 'data');
  const ledgerFile = join(folder, 'ledger');
  let settings: Record<string, unknown> = {
    baseurl: forge ? `${forge.url}/acme` : `file://${owner}`,
    repos,
    scripts: { '*': ['build'] },
    first_poll: 'all',
    workers: 2,
    grace: '1s',
    min_free_disk: '1MB',
    temproot,
    datadir,
    ...config,
  };
  let laterMs = 0;

  const site: Site = {
    folder,
    datadir,
    temproot,
    repo,
    bootstrap: repo('amp_bootstrap'),
    configure(changes) {
      settings = { ...settings, ...changes };
      const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
      writeFileSync(join(folder, 'amp.yaml'), lines.join(''));
    },
    script(name, body) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(folder, name), 0o755);
    },
    start(args, { env = {}, laterMs: later = laterMs, ...rest } = {}) {
      const offset = later === 0 ? {} : { AMPCI_CLOCK_OFFSET_MS: String(later) };
      const token = forge?.token ? { GITHUB_TOKEN: forge.token } : {};
      return startAmpci(args, {
        cwd: folder,
        env: { ...cleanEnvironment(home), ...token, ...offset, ...env },
        ...rest,
      });
    },
    ampci: (args, running) => site.start(args, running).ended,
    tick: (running) => site.ampci(['poll'], running),
    async settle(running = {}) {
      const ran: Ran[] = [];
      laterMs = Math.max(laterMs, running.laterMs ?? 0);
      for (;;) {
        const last = await site.tick({ ...running, laterMs });
        ran.push(last);
        laterMs += stepMs;
        if (last.exitCode === 0 && last.stderr === '' && !hasWork(site)) return ran;
        if (ran.length > maxTicks) fail(`nothing settles: ${JSON.stringify(last)}`);
      }
    },
    ledger: () => readLedger(ledgerFile),
    read: (sql) => withDatabase(datadir, true, (db) => db.prepare(sql).all() as never[]),
    write: (sql) => withDatabase(datadir, false, (db) => db.exec(sql)),
    async whileLocked(use) {
      const db = new Database(join(datadir, 'ampci.db'));
      try {
        db.exec('BEGIN EXCLUSIVE');
        return await use();
      } finally {
        db.close();
      }
    },
    violations: (expected = headsOf(remotes)) =>
      violationsOf({ site, expected, processes: () => processesOf(folder) }),
    [Symbol.dispose]() {
      for (const { pid } of processesOf(folder)) kill(pid);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  site.configure({});
  site.script(
    'build',
    ['read -r started _ < /proc/uptime', script, noteInLedger(ledgerFile), scriptEnd].join('\n'),
  );
  return site;
}

/** By what is checked out, not by what the environment says. */
function noteInLedger(file: string): string {
  return [
    'sha=$(git -C "src_repos/$AMPCI_REPO" rev-parse HEAD) || exit 90',
    'if [ -d amp_bootstrap ]; then bootstrap=$(git -C amp_bootstrap rev-parse HEAD) || exit 91; fi',
    'read -r ended _ < /proc/uptime',
    `printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$AMPCI_REPO" "$AMPCI_BRANCH" "$sha" "\${bootstrap:-none}" "$AMPCI_BUILD_ID" "$started" "$ended" >> '${file}'`,
  ].join('\n');
}

function readLedger(file: string): Entry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [repo = '', branch = '', sha = '', bootstrapSha = '', buildId, startedAt, endedAt] =
      line.split('\t');
    return {
      repo,
      branch,
      sha,
      bootstrapSha,
      buildId: Number(buildId),
      startedAt: Number(startedAt),
      endedAt: Number(endedAt),
    };
  });
}

function withDatabase<T>(datadir: string, readonly: boolean, use: (db: Database.Database) => T): T {
  const db = new Database(join(datadir, 'ampci.db'), { readonly, timeout: 10_000 });
  try {
    return use(db);
  } finally {
    db.close();
  }
}

function hasWork(site: Site): boolean {
  if (!existsSync(join(site.datadir, 'ampci.db'))) return true;
  return site.read("SELECT 1 FROM builds WHERE state IN ('queued', 'running')").length > 0;
}

function headsOf(remotes: ReadonlyMap<string, Remote>): Expected {
  const bootstrap = remotes.get('amp_bootstrap');
  const heads = [...remotes]
    .filter(([, remote]) => remote !== bootstrap)
    .flatMap(([repo, remote]) => [...remote.heads()].map(([branch, sha]) => ({ repo, branch, sha })));
  return { heads, bootstrapSha: bootstrap?.heads().get('main') ?? null };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function fail(message: string): never {
  throw new Error(message);
}
