import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, openForWriting } from '../../src/store/database.ts';

export interface Filling {
  readonly builds: number;
  readonly repos?: number;
  readonly branches?: number;
  /** When the last build was queued; earlier ones a minute apart. ms since 1970 */
  readonly now: number;
}

/**
 * Fills an empty database with builds that have ended, their decisions, heads and polls, as the years would.
 * Of 100 builds 5 failed; all reasons and final states occur; branch `main` of each repo is the default one.
 */
export function fill(db: Db, { builds, repos = 12, branches = 40, now }: Filling): void {
  db.pragma('foreign_keys = OFF');
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -200000');
  const given = { builds, repos, branches, now };
  db.transaction(() => {
    db.prepare(fillRepos).run({ repos });
    db.prepare(fillBuilds).run(given);
    db.prepare(fillDecisions).run();
    db.prepare(fillHeads).run();
    db.prepare(pointHeads).run();
    db.prepare(fillPolls).run({ now, polls: Math.min(builds, 50_000) });
  })();
  db.pragma('foreign_keys = ON');
}

const upTo = (last: string) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 WHERE ${last} > 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${last})`;

const fillRepos = `
  INSERT INTO repos (id, forge_id, owner, name, default_branch, initialised)
  ${upTo('@repos')} SELECT i, 'id-' || i, 'acme', 'repo-' || i, 'main', 1 FROM n`;

// Multiplied and shifted, so that a branch's states, reasons and repository do not go in step.
const fillBuilds = `
  INSERT INTO builds (id, repo_id, branch, sha, bootstrap_sha, reason, state, attempt, queued_at, started_at,
    finished_at, step, exit_code, message, author, author_email, subject)
  ${upTo('@builds')},
  m AS (SELECT i, i * 2654435761 / 65536 % 100 AS luck, i / CAST(@repos AS INTEGER) AS round FROM n)
  SELECT i, 1 + i % CAST(@repos AS INTEGER),
    CASE WHEN round % 3 = 0 THEN 'main' ELSE 'topic/' || (round % CAST(@branches AS INTEGER)) END,
    printf('%08x%08x%08x%08x%08x', i * 2654435761 & 0xffffffff, i, i, i, i),
    printf('%040x', i / 1000),
    CASE WHEN i % 5 = 0 THEN 'bootstrap' WHEN i % 97 = 1 THEN 'manual' WHEN i % 89 = 1 THEN 'retry' ELSE 'push' END,
    CASE luck WHEN 7 THEN 'failure' WHEN 27 THEN 'failure' WHEN 47 THEN 'timeout' WHEN 67 THEN 'error'
      WHEN 77 THEN 'interrupted' WHEN 87 THEN 'cancelled' WHEN 97 THEN 'skipped' ELSE 'success' END,
    CASE WHEN i % 89 = 1 THEN 2 ELSE 1 END,
    @now - (@builds - i) * 60000, @now - (@builds - i) * 60000 + 2000, @now - (@builds - i) * 60000 + 30000,
    CASE WHEN luck IN (7, 27) THEN 'build_packages' END, CASE WHEN luck IN (7, 27) THEN 2 END,
    CASE luck WHEN 67 THEN 'git fetch failed: connection refused' END,
    'Jane Doe', 'jane@example.org', 'Mend the frobnicator (' || i || ')'
  FROM m`;

const fillDecisions = `
  INSERT INTO decisions (repo_id, branch, sha, decided_at, kind, detail, build_id)
  SELECT repo_id, branch, sha, queued_at, 'build', json_object('reason', reason), id FROM builds WHERE reason != 'retry'`;

const fillHeads = `
  INSERT INTO heads (repo_id, branch, sha, seen_at, latest_build)
  SELECT repo_id, branch, '', 0, max(id) FROM builds GROUP BY repo_id, branch`;

const pointHeads = `
  UPDATE heads SET
    (sha, seen_at, failing) =
      (SELECT sha, queued_at, state IN ('failure', 'timeout', 'error', 'interrupted') FROM builds WHERE id = latest_build),
    latest_success = (SELECT b.id FROM builds b INDEXED BY builds_branch WHERE b.repo_id = heads.repo_id
      AND b.branch = heads.branch AND b.state = 'success' ORDER BY b.id DESC LIMIT 1)`;

const fillPolls = `
  INSERT INTO polls (started_at, finished_at, outcome, full, requests, points)
  ${upTo('@polls')}
  SELECT @now - (@polls - i) * 60000, @now - (@polls - i) * 60000 + 300, 'unchanged', i % 10 = 0, 1, 0 FROM n`;

/** A datadir with an opened database; it goes with `using`. */
export function temporaryDatadir(): { readonly datadir: string; readonly db: Db; [Symbol.dispose](): void } {
  const datadir = mkdtempSync(join(tmpdir(), 'ampci-datadir-'));
  const db = openForWriting(datadir);
  return {
    datadir,
    db,
    [Symbol.dispose]() {
      db.close();
      rmSync(datadir, { recursive: true });
    },
  };
}
