import type { Build } from '../domain/build.ts';
import type { Db } from './database.ts';

/** A script of a build that began. Times in ms since 1970. */
export interface StepRecord {
  readonly position: number;
  readonly script: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly exitCode: number | null;
}

export function readSteps(db: Db, buildId: number): StepRecord[] {
  return db
    .prepare(
      `SELECT position, script, started_at AS startedAt, finished_at AS finishedAt, exit_code AS exitCode
       FROM steps WHERE build_id = ? ORDER BY position`,
    )
    .all(buildId) as StepRecord[];
}

/** What a build may be compared with: the last successes of its branch, else of its repository. */
const compared = 5;

/** How long each script took in the last successes, in ms: the median; a script that none of them ran is absent. */
export function expectedDurations(db: Db, build: Build): ReadonlyMap<string, number> {
  const select = (where: string) =>
    db.prepare(
      `SELECT s.script, s.finished_at - s.started_at AS ms FROM steps s WHERE s.finished_at IS NOT NULL AND s.build_id IN (
         SELECT id FROM builds WHERE ${where} AND state = 'success' ORDER BY id DESC LIMIT ${compared})`,
    );
  const ofBranch = select('repo_id = @repoId AND branch = @branch').all(build) as ScriptTime[];
  const times = ofBranch.length > 0 ? ofBranch : (select('repo_id = @repoId').all(build) as ScriptTime[]);
  return new Map(
    [...Map.groupBy(times, ({ script }) => script)].map(([script, all]) => [script, median(all)]),
  );
}

interface ScriptTime {
  readonly script: string;
  readonly ms: number;
}

function median(times: readonly ScriptTime[]): number {
  const sorted = times.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
