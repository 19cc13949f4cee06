import type { State } from '../../src/domain/build.ts';
import { isFailed } from '../../src/domain/build.ts';
import type { Verdict } from '../../src/domain/decision.ts';
import type { Db } from '../../src/store/database.ts';

type Row = Record<string, string | number | null>;

/** A moment to count from: 2026-09-01 12:00:00 UTC. */
export const noon = Date.UTC(2026, 8, 1, 12);
export const minute = 60_000;

export function addRepo(db: Db, name: string, more: Row = {}): number {
  return insert(db, 'repos', {
    forge_id: `id-${name}`,
    owner: 'AMP',
    name,
    default_branch: 'main',
    initialised: 1,
    ...more,
  });
}

export function addHead(db: Db, repoId: number, more: Row = {}): void {
  insert(db, 'heads', { repo_id: repoId, branch: 'main', sha: sha(1), seen_at: noon, ...more });
}

export interface BuildRow {
  readonly repo_id: number;
  readonly branch?: string;
  readonly state?: State;
  readonly queued_at?: number;
  readonly [column: string]: string | number | null | undefined;
}

/** A build; started a second after it was queued, and ten seconds long, where its state has such times. */
export function addBuild(db: Db, { state = 'success', queued_at = noon, ...more }: BuildRow): number {
  const started = state === 'queued' ? {} : { started_at: queued_at + 1000 };
  const owner = state === 'running' ? { owner_pid: 1, owner_start: '1', owner_boot: 'boot' } : {};
  const finished = state === 'queued' || state === 'running' ? {} : { finished_at: queued_at + 11_000 };
  const row = {
    branch: 'main',
    sha: sha(1),
    reason: 'push',
    state,
    queued_at,
    ...started,
    ...owner,
    ...finished,
  };
  return insert(db, 'builds', { ...row, ...more } as Row);
}

/** A head whose latest build is this one; failing when that failed. */
export function addBuiltHead(db: Db, build: BuildRow): number {
  const id = addBuild(db, build);
  const failing = isFailed(build.state ?? 'success') ? 1 : 0;
  addHead(db, build.repo_id, { branch: build.branch ?? 'main', latest_build: id, failing });
  return id;
}

export function addPoll(db: Db, more: Row = {}): void {
  insert(db, 'polls', {
    started_at: noon - 500,
    finished_at: noon,
    outcome: 'unchanged',
    full: 0,
    requests: 1,
    points: 0,
    ...more,
  });
}

export interface DecisionRow {
  readonly repoId: number;
  readonly branch?: string;
  readonly at?: number;
  readonly sha?: string | null;
  readonly previousSha?: string | null;
  readonly verdict: Verdict;
  readonly buildId?: number | null;
}

export function addDecision(db: Db, decision: DecisionRow): void {
  const { kind, ...detail } = decision.verdict;
  insert(db, 'decisions', {
    repo_id: decision.repoId,
    branch: decision.branch ?? 'main',
    sha: decision.sha === undefined ? sha(1) : decision.sha,
    previous_sha: decision.previousSha ?? null,
    decided_at: decision.at ?? noon,
    kind,
    detail: JSON.stringify(detail),
    build_id: decision.buildId ?? null,
  });
}

/** 40 digits: `1111…` for 1. */
export function sha(digit: number): string {
  return digit.toString(16).repeat(40).slice(0, 40);
}

function insert(db: Db, table: string, row: Row): number {
  const columns = Object.keys(row);
  const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`;
  return Number(db.prepare(sql).run(row).lastInsertRowid);
}
