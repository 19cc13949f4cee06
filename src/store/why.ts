import type { Build } from '../domain/build.ts';
import type { Verdict } from '../domain/decision.ts';
import type { Running, StoredDecision } from '../domain/why.ts';
import type { Db } from './database.ts';
import { anyBuild, readHistory } from './history.ts';

/** What is stored about a branch. Times in ms since 1970. */
export interface BranchRecord {
  /** null: the branch was never listed, or is forgotten. */
  readonly head: { readonly sha: string; readonly seenAt: number; readonly goneAt: number | null } | null;
  /** Newest first. */
  readonly decisions: readonly StoredDecision[];
  /** Newest first. */
  readonly builds: readonly Build[];
  /** Of all branches. */
  readonly running: readonly Running[];
}

/** The newest `count` decisions and builds of a branch, and what runs now. */
export function readBranch(db: Db, { repoId, branch, count }: BranchRequest): BranchRecord {
  const read = db.transaction(() => ({
    head: (db.prepare(headQuery).get({ repoId, branch }) as BranchRecord['head'] | undefined) ?? null,
    decisions: (db.prepare(decisionsQuery).all({ repoId, branch, count }) as DecisionRow[]).map(toDecision),
    builds: readHistory(db, { ...anyBuild, repoId, branch }, count),
    running: db.prepare(runningQuery).all() as Running[],
  }));
  return read();
}

export interface BranchRequest {
  readonly repoId: number;
  readonly branch: string;
  readonly count: number;
}

const headQuery = `SELECT sha, seen_at AS seenAt, gone_at AS goneAt FROM heads WHERE repo_id = @repoId AND branch = @branch`;

const decisionsQuery = `SELECT decided_at AS at, sha, previous_sha AS previousSha, kind, detail, build_id AS buildId
  FROM decisions INDEXED BY decisions_branch WHERE repo_id = @repoId AND branch = @branch ORDER BY id DESC LIMIT @count`;

const runningQuery = `SELECT id, repo_id AS repoId, branch, started_at AS startedAt
  FROM builds INDEXED BY builds_state WHERE state = 'running' ORDER BY id`;

interface DecisionRow extends Omit<StoredDecision, 'verdict'> {
  readonly kind: string;
  readonly detail: string;
}

function toDecision({ kind, detail, ...decision }: DecisionRow): StoredDecision {
  return { ...decision, verdict: { ...JSON.parse(detail), kind } as Verdict };
}
