import type { Reason } from '../domain/build.ts';
import type { Config } from '../domain/config.ts';
import { momentForm, parseMoment } from '../domain/moment.ts';
import type { Db } from '../store/database.ts';
import { anyBuild, type BuildFilter } from '../store/history.ts';
import { namedRepo, requireBranch } from '../store/named-repo.ts';
import { UserError } from '../user-error.ts';

/** What the user wants to see, as given; null: not given. */
export interface FilterOptions {
  readonly repo: string | null;
  readonly branch: string | null;
  readonly failed: boolean;
  readonly since: string | null;
  readonly until: string | null;
  readonly reason: Reason | null;
  readonly sha: string | null;
}

interface Given {
  readonly db: Db;
  readonly config: Config;
  readonly now: number;
}

/** Throws a UserError for what cannot be understood or is unknown, with the nearest that is. */
export function buildFilter(options: FilterOptions, { db, config, now }: Given): BuildFilter {
  const repo = options.repo === null ? null : namedRepo(db, options.repo, config.owner);
  if (repo && options.branch !== null) requireBranch(db, repo, options.branch);
  return {
    ...anyBuild,
    repoId: repo?.id ?? null,
    branch: repo ? options.branch : null,
    failed: options.failed,
    reason: options.reason,
    sha: options.sha === null ? null : shaOf(options.sha),
    since: options.since === null ? null : momentOf('--since', options.since, { now, edge: 'start' }),
    until: options.until === null ? null : momentOf('--until', options.until, { now, edge: 'end' }),
  };
}

function shaOf(text: string): string {
  if (/^[0-9a-f]{4,64}$/i.test(text)) return text.toLowerCase();
  throw new UserError(`--sha ${text}: expected at least the first 4 hexadecimal digits of a commit`);
}

function momentOf(
  option: string,
  text: string,
  { now, edge }: { now: number; edge: 'start' | 'end' },
): number {
  const at = parseMoment(text, now, edge);
  if (at === null) throw new UserError(`${option} ${text}: expected ${momentForm}`);
  return at;
}
