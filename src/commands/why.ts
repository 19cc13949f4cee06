import { basename } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../domain/config.ts';
import { displayName } from '../domain/repo-name.ts';
import { story, waitingFor } from '../domain/why.ts';
import { type WhyView, whyText } from '../output/why.ts';
import { whyJson } from '../output/why-json.ts';
import type { Db } from '../store/database.ts';
import { type NamedRepo, namedRepo, requireBranch } from '../store/named-repo.ts';
import { type BranchRecord, readBranch } from '../store/why.ts';
import { UserError } from '../user-error.ts';
import { reading } from './reading.ts';
import type { CommandResult } from './result.ts';

export interface WhyOptions {
  readonly repo: string;
  /** null: the default branch. */
  readonly branch: string | null;
  /** How many events at most, the newest. */
  readonly count: number;
  readonly json: boolean;
}

export interface WhyRequest {
  readonly options: WhyOptions;
  readonly config: Config;
  readonly clock: Clock;
}

/** Tells what was decided about a branch and why. Throws a UserError: an unknown repo or branch, with the nearest. */
export async function why(request: WhyRequest): Promise<CommandResult> {
  const view = reading(request.config.datadir, (db) => look(db, request));
  return request.options.json
    ? { output: whyJson(view), exitCode: 0 }
    : { output: whyText(view), exitCode: 0, pageable: true };
}

function look(db: Db, { options, config, clock }: WhyRequest): WhyView {
  const now = clock();
  const repo = namedRepo(db, options.repo, config.owner);
  const branch = options.branch ?? defaultBranch(repo, options.repo);
  requireBranch(db, repo, branch);
  const record = readBranch(db, { repoId: repo.id, branch, count: options.count });
  return {
    repo: displayName(repo, config.owner),
    branch,
    file: basename(config.file),
    now,
    head: record.head,
    trouble: repo.brokenSince === null ? null : { since: repo.brokenSince, message: repo.trouble ?? '' },
    events: story(record, options.count),
    waiting: waiting(record, { workers: config.workers, now }),
  };
}

function defaultBranch(repo: NamedRepo, text: string): string {
  if (repo.defaultBranch !== null) return repo.defaultBranch;
  const trouble = repo.trouble === null ? 'its default branch is not known' : repo.trouble;
  throw new UserError(`${text}: ${trouble}: name a branch`);
}

function waiting(
  { builds, running }: BranchRecord,
  { workers, now }: { workers: number; now: number },
): WhyView['waiting'] {
  const queued = builds.find(({ state }) => state === 'queued');
  return queued ? { buildId: queued.id, for: waitingFor(queued, { running, workers, now }) } : null;
}
