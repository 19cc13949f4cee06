import { type Build, isActive } from '../domain/build.ts';
import type { Config } from '../domain/config.ts';
import { buildLogFile } from '../logs/build-log.ts';
import { readBuild } from '../store/build-rows.ts';
import type { Db } from '../store/database.ts';
import { anyBuild, readHistory } from '../store/history.ts';
import { namedRepo, requireBranch } from '../store/named-repo.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';
import { followBuild, isThere, logPrinter } from './follow.ts';
import { reading } from './reading.ts';
import type { CommandResult } from './result.ts';

export interface LogOptions {
  /** Number of a build, or a repository; null: the latest build. */
  readonly target: string | null;
  /** Of the repository. */
  readonly branch: string | null;
  readonly follow: boolean;
}

export interface LogRequest {
  readonly options: LogOptions;
  readonly config: Config;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Prints the whole output of a build. Throws a UserError: no such build, or no log of it. */
export async function log({ options, config, terminal, signal }: LogRequest): Promise<CommandResult> {
  const build = reading(config.datadir, (db) => findBuild(db, options, config.owner));
  const file = buildLogFile(config.datadir, build.id);
  if (!isThere(file) && !(options.follow && isActive(build.state))) throw new UserError(noLog(build, file));
  if (options.follow) {
    const { datadir, maxLogSizeBytes } = config;
    await followBuild({ datadir, maxLogSizeBytes, buildId: build.id, terminal, signal });
  } else {
    const printer = logPrinter(file, { terminal, signal });
    await printer.printNew(null);
    printer.end();
  }
  return { output: '', exitCode: 0 };
}

/** A repository may be called like a number: with a branch it is one. */
function findBuild(db: Db, options: LogOptions, owner: string): Build {
  const { target, branch } = options;
  if (target !== null && branch === null && /^\d+$/.test(target)) {
    const build = readBuild(db, Number(target));
    if (build) return build;
    throw new UserError(`there is no build ${target}: see "ampci history"`);
  }
  return latestBuild(db, options, owner);
}

/** What is followed may still wait; what is only shown must have begun. */
function latestBuild(db: Db, { target, branch, follow }: LogOptions, owner: string): Build {
  const repo = target === null ? null : namedRepo(db, target, owner);
  if (repo && branch !== null) requireBranch(db, repo, branch);
  const [latest] = readHistory(db, { ...anyBuild, repoId: repo?.id ?? null, branch, started: !follow }, 1);
  if (latest) return latest;
  throw new UserError(
    `nothing was built yet${repo ? ` of ${[target, branch].filter(Boolean).join(' ')}` : ''}: see "ampci why${repo ? ` ${target}` : ''}"`,
  );
}

function noLog(build: Build, file: string): string {
  if (build.state === 'queued')
    return `build ${build.id} has not started yet: follow it with "ampci log ${build.id} -f"`;
  if (build.startedAt === null) return `build ${build.id} was cancelled before it started and has no log`;
  return `${file} is missing: the log of build ${build.id} was removed`;
}
