import type { Context } from '../context.ts';
import type { Config } from '../domain/config.ts';
import { isNamed } from '../domain/configured-name.ts';
import { bootstrapOf, entryFor, folded, type RepoName } from '../domain/match.ts';
import { parseRepoName } from '../domain/repo-name.ts';
import type { KnownRepo, KnownState, Observation, WantedRepo } from '../forge/forge.ts';
import { knownState } from '../store/known.ts';
import { lastFullPollAt } from '../store/polls.ts';
import { renamedRepos } from '../store/repos.ts';
import { UserError } from '../user-error.ts';

export interface PollRequest {
  /** Names of the repositories to look at; empty: all. */
  readonly repos: readonly string[];
  /** Ask for the heads of all of them, whatever the hints say. */
  readonly full: boolean;
}

/** What was asked for and what was seen. */
export interface Look {
  readonly observation: Observation;
  readonly startedAt: number;
  /** Only some of the configured repositories were looked at. */
  readonly partial: boolean;
}

/** A tick that finds the forge gone ends within a minute, its other work included. */
const deadlineMs = 45_000;

/** Looks at the heads: those that may have moved or, when it is time or asked for, all. */
export async function observe(context: Context, request: PollRequest): Promise<Look> {
  const { db } = context;
  const startedAt = context.clock();
  const known = knownState(db);
  const partial = request.repos.length > 0;
  const forge = await context.forge();
  const observation = await forge.observe({
    wanted: wantedRepos(context, request.repos),
    full: request.full || isFullPollDue(context, known),
    known: {
      ...known,
      // An answer about all repositories says nothing about what was left out of an earlier, partial look.
      ...(partial ? { response: () => null } : {}),
      ...(partial || request.full ? { repos: () => dueNow(known.repos(), startedAt) } : {}),
    },
    now: startedAt,
    deadlineMs,
    signal: context.signal,
  });
  return { observation, startedAt, partial };
}

/** Whoever asks by hand may have mended what was broken: nothing waits for its time. */
function dueNow(repos: readonly KnownRepo[], now: number): KnownRepo[] {
  return repos.map((repo) => ({ ...repo, askAfter: Math.min(repo.askAfter, now) }));
}

/** Below a tenth of the quota full polls are made six times as rarely. */
function isFullPollDue({ db, config, clock }: Context, known: KnownState): boolean {
  const now = clock();
  const last = lastFullPollAt(db, now);
  const isScarce = known.limits.some(
    ({ limit, remaining }) => limit !== null && remaining !== null && remaining < limit / 10,
  );
  return last === null || now >= last + config.fullPollEveryMs * (isScarce ? 6 : 1);
}

function wantedRepos(context: Context, names: readonly string[]): WantedRepo[] {
  const { config } = context;
  const configured = names.length === 0 ? config.repos : names.map((name) => configuredRepo(config, name));
  const bootstrap = bootstrapOf(config);
  const wanted = [...configured, ...(bootstrap ? [{ ...bootstrap, glob: false }] : [])];
  const nameNow = namesNow(context);
  return wanted.map((repo) => ({ ...nameNow(repo), glob: repo.glob, formerly: repo }));
}

/** What a repository that amp.yaml has is called by now. */
export function namesNow({ db, config }: Pick<Context, 'db' | 'config'>): (repo: RepoName) => RepoName {
  const renamed = new Map(renamedRepos(db).map((repo) => [folded(config, repo.watchedAs), repo]));
  return ({ owner, name }) => {
    const now = renamed.get(folded(config, `${owner}/${name}`));
    // Where amp.yaml has the new name as well, or the old one by a glob, that means what is called so now.
    const isFormer = now !== undefined && !isNamed(config, now) && isNamed(config, { owner, name });
    return isFormer ? { owner: now.owner, name: now.name } : { owner, name };
  };
}

/** What the user means by `name` or `owner/name`, as amp.yaml spells it. Throws a UserError when amp.yaml does not have it. */
export function configuredRepo(config: Config, text: string): WantedRepo {
  const repo = parseRepoName(text, config.owner);
  const entry = entryFor(config, repo);
  if (entry === null) {
    const entries = config.repos.slice(0, 10).map((each) => each.name);
    throw new UserError(`${text} is not among the repos of ${config.file}: ${entries.join(', ')}`);
  }
  return { ...(entry.glob ? repo : { owner: entry.owner, name: entry.name }), glob: false };
}
