import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StatusOptions, status } from '../../src/commands/status.ts';
import { statusUnknown } from '../../src/commands/status-unknown.ts';
import { type Db, databaseFile } from '../../src/store/database.ts';
import { UserError } from '../../src/user-error.ts';
import { configWith, repoSetting } from '../domain/config-fixture.ts';
import { temporaryDatadir } from '../store/fixture.ts';
import { addBuild, addBuiltHead, addPoll, addRepo, minute, noon } from '../store/rows.ts';

const run = promisify(execFile);
let place: ReturnType<typeof temporaryDatadir>;
let db: Db;
beforeEach(() => {
  place = temporaryDatadir();
  db = place.db;
});
afterEach(() => place[Symbol.dispose]());

const none: StatusOptions = { warning: [], critical: [], prometheus: false, output: null, json: false };

function ask(
  options: Partial<StatusOptions> = {},
  { datadir = place.datadir, freeBytes = (_folder: string): number | null => 50e9 } = {},
) {
  const config = configWith({ datadir, temproot: '/scratch', file: '/etc/amp.yaml' });
  return status({ options: { ...none, ...options }, config, clock: () => noon + minute, freeBytes });
}

describe('a verdict', () => {
  beforeEach(() => addPoll(db));

  it('OK', async () => {
    const { output, exitCode } = await ask();
    expect(output).toMatch(
      /^AMPCI OK - polled 1 min ago, nothing fails, 0 running, 0 queued \| 'poll_age'=60s;/,
    );
    expect(exitCode).toBe(0);
  });

  it('WARNING and CRITICAL by what fails', async () => {
    const repo_id = addRepo(db, 'amppd');
    addBuiltHead(db, { repo_id, branch: 'topic', state: 'failure' });
    expect((await ask()).exitCode).toBe(1);
    addBuiltHead(db, { repo_id, branch: 'main', state: 'failure' });
    const { output, exitCode } = await ask();
    expect(output).toMatch(/^AMPCI CRITICAL - amppd main fails \(build 2\) and 1 more \|/);
    expect(exitCode).toBe(2);
  });

  it('by thresholds of the command line, the last one of a metric counting', async () => {
    expect((await ask({ warning: ['30'] })).exitCode).toBe(1);
    expect((await ask({ warning: ['30', 'poll_age=90'] })).exitCode).toBe(0);
    expect((await ask({ critical: ['@0:90'] })).output).toContain("'poll_age'=60s;600;@0:90;0");
  });

  it('on the fullest of the disks of datadir and temproot', async () => {
    const freeBytes = (folder: string) => (folder === '/scratch' ? 5 : 50e9);
    expect((await ask({}, { freeBytes })).output).toContain("'free_disk'=5B;");
    expect((await ask({}, { freeBytes: () => null })).output).not.toContain('free_disk');
  });

  it('a build may run as long as the longest timeout of any repository', async () => {
    addBuild(db, { repo_id: addRepo(db, 'amppd'), state: 'running', queued_at: noon - 180 * minute });
    expect((await ask()).exitCode).toBe(1);
    const patient = configWith({
      datadir: place.datadir,
      repos: [repoSetting('amppd', { timeoutMs: 300 * minute })],
    });
    const request = { options: none, config: patient, clock: () => noon, freeBytes: () => null };
    expect((await status(request)).exitCode).toBe(0);
  });

  it('as JSON', async () => {
    addBuiltHead(db, { repo_id: addRepo(db, 'amppd'), branch: 'main', state: 'failure' });
    const { output, exitCode } = await ask({ json: true });
    expect(exitCode).toBe(2);
    const { metrics, ...rest } = JSON.parse(output);
    expect(rest).toEqual({
      state: 'critical',
      exit_code: 2,
      summary: 'amppd main fails (build 1)',
      findings: [
        {
          state: 'critical',
          metric: 'failing_default',
          text: 'amppd main has been failing for 49 s: build 1 ended as failure',
          command: 'ampci log 1',
        },
      ],
      last_good_poll: '2026-09-01T12:00:00.000Z',
      failing: [
        {
          repo: 'amppd',
          branch: 'main',
          default_branch: true,
          since: '2026-09-01T12:00:11.000Z',
          build: 1,
          state: 'failure',
        },
      ],
      oldest_queued: null,
      longest_running: null,
      broken_repos: [],
    });
    expect(metrics).toContainEqual({
      name: 'poll_age',
      value: 60,
      unit: 's',
      warning: '600',
      critical: '1800',
      state: 'ok',
    });
  });
});

describe('UNKNOWN, exit code 3, on stdout', () => {
  const beginning = (text: string) => ({
    output: expect.stringMatching(`^AMPCI UNKNOWN - ${text}`),
    exitCode: 3,
  });

  it('without a database, with what to do', async () => {
    const datadir = join(place.datadir, 'nothing');
    expect(await ask({}, { datadir })).toEqual(
      beginning(
        `no database ${datadir}/ampci.db yet: run "ampci poll --config /etc/amp.yaml" once as the user of the crontab`,
      ),
    );
  });

  it('before the first poll, with what to do', async () => {
    expect(await ask()).toEqual(beginning('nothing was polled yet'));
  });

  it('for a damaged database', async () => {
    const datadir = join(place.datadir, 'damaged');
    mkdirSync(datadir);
    writeFileSync(
      databaseFile(datadir),
      'not a database, but long enough to have a header of one'.repeat(10),
    );
    expect(await ask({}, { datadir })).toEqual(
      beginning(`${datadir}/ampci.db is not a database: restore a copy`),
    );
  });

  it('for a change that a dead process left half made', async () => {
    addPoll(db);
    const datadir = join(place.datadir, 'hot');
    mkdirSync(datadir);
    db.pragma('cache_size = 1');
    db.exec('BEGIN');
    for (let index = 0; index < 2000; index++) addPoll(db);
    for (const name of ['ampci.db', 'ampci.db-journal'])
      copyFileSync(join(place.datadir, name), join(datadir, name));
    db.exec('ROLLBACK');
    expect(await ask({}, { datadir })).toEqual(
      beginning(
        `${datadir}/ampci.db holds a change that a dead process left half made: the next "ampci poll" undoes it`,
      ),
    );
  });

  it.each([
    [{ warning: ['10:5'] }, '--warning 10:5: "10:5" is not a range: 10 \\(alert outside 0..10\\)'],
    [
      { critical: ['poll_agee=5'] },
      '--critical poll_agee=5: no metric is called "poll_agee": did you mean poll_age\\?',
    ],
    [
      { critical: ['nonsense=5'] },
      '--critical nonsense=5: no metric is called "nonsense": there are poll_age, ',
    ],
    [{ output: '/tmp/x.prom' }, '--output FILE goes with --prometheus'],
  ])('for the usage %j', async (options, text) => {
    addPoll(db);
    expect(await ask(options)).toEqual(beginning(text));
  });

  it('for a bug, in one line', async () => {
    addPoll(db);
    const freeBytes = () => {
      throw new TypeError('x is not\na function');
    };
    const result = await ask({}, { freeBytes });
    expect(result).toEqual(beginning('this is a bug in ampci: TypeError: x is not a function'));
    expect(result.output.split('\n')).toHaveLength(2);
  });

  it('for what kept the command from starting', () => {
    expect(statusUnknown(new UserError('amp.yaml: no such file'))).toEqual(
      beginning('amp.yaml: no such file\n$'),
    );
  });

  it('as JSON', async () => {
    const { output, exitCode } = await ask({ json: true });
    expect(exitCode).toBe(3);
    expect(JSON.parse(output)).toMatchObject({
      state: 'unknown',
      exit_code: 3,
      summary: expect.stringContaining('nothing was polled'),
    });
  });
});

describe('for Prometheus', () => {
  it('prints, exit code 0 whatever the verdict', async () => {
    addPoll(db);
    addBuiltHead(db, { repo_id: addRepo(db, 'amppd'), branch: 'main', state: 'failure' });
    const { output, exitCode } = await ask({ prometheus: true });
    expect(output).toContain('\nampci_status 2\n');
    expect(exitCode).toBe(0);
  });

  it('writes a file that everybody may read, leaving nothing beside it', async () => {
    addPoll(db);
    const folder = join(place.datadir, 'textfiles');
    mkdirSync(folder);
    const file = join(folder, 'ampci.prom');
    expect(await ask({ prometheus: true, output: file })).toEqual({ output: '', exitCode: 0 });
    expect(readFileSync(file, 'utf8')).toContain('\nampci_status 0\n');
    expect(readdirSync(folder)).toEqual(['ampci.prom']);
  });

  it('writes 3 where there is no verdict, and says why', async () => {
    const file = join(place.datadir, 'ampci.prom');
    const { output, exitCode } = await ask({ prometheus: true, output: file });
    expect(readFileSync(file, 'utf8')).toMatch(/\nampci_status 3\n$/);
    expect(output).toContain('AMPCI UNKNOWN - nothing was polled yet');
    expect(exitCode).toBe(3);
  });

  it('says which file cannot be written', async () => {
    addPoll(db);
    const file = join(place.datadir, 'missing', 'ampci.prom');
    const { output, exitCode } = await ask({ prometheus: true, output: file });
    expect(output).toContain(`AMPCI UNKNOWN - ${file} cannot be written: ENOENT`);
    expect(exitCode).toBe(3);
  });
});

describe('reads and nothing else', () => {
  it('while a poll writes, what was there before', async () => {
    addPoll(db);
    db.exec('BEGIN IMMEDIATE');
    addPoll(db, { finished_at: noon + 2 * minute });
    expect((await ask()).output).toContain("'polls'=1c;");
    db.exec('COMMIT');
    expect((await ask()).output).toContain("'polls'=2c;");
  });

  it('as a user who may not write the folder', async () => {
    addPoll(db);
    chmodSync(databaseFile(place.datadir), 0o444);
    chmodSync(place.datadir, 0o555);
    const nobody = 65534;
    // Root may write everywhere.
    const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
    const script = `import(process.argv[1]).then(async ({ status }) => {
      const { output } = await status(JSON.parse(process.argv[2], (key, value) => value === 'number' ? () => ${noon} : value));
      process.stdout.write(output);
    })`;
    const request = {
      options: none,
      config: configWith({ datadir: place.datadir }),
      clock: 'number',
      freeBytes: 'number',
    };
    const command = join(import.meta.dirname, '../../src/commands/status.ts');
    const { stdout } = await run(process.execPath, ['-e', script, command, JSON.stringify(request)], user);
    chmodSync(place.datadir, 0o755);
    expect(stdout).toMatch(/^AMPCI OK - /);
  });
});
