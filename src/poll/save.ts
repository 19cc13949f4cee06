import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import type { Config } from '../domain/config.ts';
import { bootstrapMoved, type Plan, plan, type Situation, type StoredRepo } from '../domain/plan.ts';
import type { Observation, RepoTrouble } from '../forge/forge.ts';
import { lastBuildId } from '../store/build-rows.ts';
import { readMeta, writeMeta } from '../store/meta.ts';
import { saveNames } from '../store/names.ts';
import { endNotice, startNotice } from '../store/notices.ts';
import { putIntoOutbox } from '../store/outbox.ts';
import { recordPoll } from '../store/polls.ts';
import { askAtNextPoll, notConfigured, saveSeen, unwatch, unwatchOthers } from '../store/repos.ts';
import { saveAsked, saveResponses } from '../store/save-observation.ts';
import { savePlan } from '../store/save-plan.ts';
import { hasNewerHead, storedRepos, watchedRepos } from '../store/situation.ts';
import { placeholderId, saveTroubles, type TroubleNews } from '../store/troubles.ts';
import { bootstrapNow, bootstrapTrouble } from './bootstrap.ts';
import type { Look } from './observe.ts';
import { isFollowed, renameNews, successionNews } from './rename-news.ts';

type Observed = Extract<Observation, { outcome: 'observed' }>;

/** Stores what a poll saw, what follows from it and what has to be told, all in one transaction. */
export function savePoll(context: Context, look: Look): void {
  const { db, clock } = context;
  const { observation, startedAt } = look;
  db.transaction(() => {
    recordPoll(db, {
      startedAt,
      finishedAt: clock(),
      outcome: observation.outcome,
      full: observation.outcome === 'observed' && observation.full && !look.partial,
      requests: observation.requests,
      points: observation.points,
      message: 'message' in observation ? observation.message : null,
    });
    crashPoint('poll.save.recorded');
    saveAsked(db, observation, clock());
    if (observation.outcome === 'observed') saveObserved(context, { ...observation, ...look });
    saveOutage(context, observation);
    crashPoint('poll.save.complete');
  }).immediate();
}

function saveObserved(context: Context, look: Observed & Look): void {
  const { db, clock, config } = context;
  const now = clock();
  // Before anything is planned: a wave plans also what was not asked, as it is stored.
  const { renames, successions } = saveNames(db, config, { ...look, now });
  const situation = situationOf(context, look);
  const blocked = isBlocked(config, situation);
  const news = saveNews(context, { ...look, stored: situation.stored, isBlocked: blocked });
  saveSeen(db, look.seen);
  if (!blocked) {
    savePlan(db, { plan: plan(config, situation), bootstrapSha: situation.bootstrap.now, now });
    writeMeta(db, 'bootstrap_sha', situation.bootstrap.now);
    writeMeta(db, 'bootstrap_since', String(situation.bootstrap.since));
    // The next look shall ask again for what this one was too slow for.
    const isOvertaken = situation.observed.length < look.repos.length;
    if (!look.partial && !isOvertaken) saveResponses(db, look.responses, now);
  }
  if (look.full && !look.partial) unwatchOthers(db, { kept: keptIds(look), startedAt: look.startedAt, now });
  for (const { message } of news.broke) putIntoOutbox(db, message);
  for (const { name } of news.mended) putIntoOutbox(db, `${name} can be read again`);
  for (const rename of renames) {
    if (!isFollowed(config, rename)) unwatch(db, rename.repoId, { now, message: notConfigured });
    putIntoOutbox(db, renameNews(config, rename));
  }
  for (const succession of successions) putIntoOutbox(db, successionNews(config, succession));
}

interface Troubled extends Observed {
  readonly stored: readonly StoredRepo[];
  /** Without the bootstrap's head nothing can be planned. */
  readonly isBlocked: boolean;
}

function saveNews({ db, clock, config }: Context, { isBlocked, ...seen }: Troubled): TroubleNews {
  const headless = isBlocked ? bootstrapTrouble(db, config, seen) : null;
  const troubles = headless ? [...seen.troubles, headless] : seen.troubles;
  const repos = seen.repos.filter(({ repo }) => repo.forgeId !== headless?.forgeId);
  const news = saveTroubles(db, { troubles, repos, now: clock() });
  // It can be read: the next poll shall see what has been done about it.
  if (headless) askAtNextPoll(db, headless);
  return news;
}

type Moment = Pick<Look, 'partial' | 'startedAt'>;

/** What a plan is made from: of the stored repositories all, if the bootstrap moved. */
function situationOf({ db, config, clock }: Context, look: Observed & Moment): Situation {
  const ids = new Set(look.repos.map(({ repo }) => repo.forgeId));
  const known = storedRepos(db, [...ids]);
  const stored = [...known, ...formerRepos(look, known)];
  const now = bootstrapNow(db, config, { repos: look.repos, stored });
  const before = readMeta(db, 'bootstrap_sha');
  const hasMoved = bootstrapMoved({ bootstrap: { now, before } });
  const since = hasMoved ? lastBuildId(db) : Number(readMeta(db, 'bootstrap_since') ?? 0);
  const others = hasMoved ? watchedRepos(db) : [];
  return {
    full: look.full && !look.partial,
    // Somebody built a head by hand meanwhile: what the look saw of its repository may be older.
    observed: look.repos.filter(
      ({ repo }) => !hasNewerHead(db, repo, { since: look.startedAt, now: clock() }),
    ),
    stored: [...stored, ...others.filter(({ repo }) => !ids.has(repo.forgeId))],
    bootstrap: { now, before, since },
  };
}

/** Repositories that no poll knew, as if they had been stored under the names that led to them. */
function formerRepos({ repos, redirects }: Observed, known: readonly StoredRepo[]): StoredRepo[] {
  const ids = new Set(known.map(({ repo }) => repo.forgeId));
  return repos.flatMap(({ repo }) => {
    const redirect = redirects.find(({ forgeId }) => forgeId === repo.forgeId);
    if (!redirect || ids.has(repo.forgeId)) return [];
    return [{ repo: { ...repo, ...redirect }, watchedAs: null, initialised: false, heads: [] }];
  });
}

export interface Foreseen {
  /** null: nothing can be planned for want of the bootstrap's head. */
  readonly plan: Plan | null;
  readonly troubles: readonly RepoTrouble[];
}

/** What `savePoll` would make of the look. Reads only. */
export function foresee(context: Context, look: Observed & Look): Foreseen {
  const { db, config } = context;
  const situation = situationOf(context, look);
  if (!isBlocked(config, situation)) return { plan: plan(config, situation), troubles: look.troubles };
  const headless = bootstrapTrouble(db, config, { ...look, stored: situation.stored });
  return { plan: null, troubles: headless ? [...look.troubles, headless] : look.troubles };
}

/** Without the bootstrap's head nothing can be planned. */
function isBlocked(config: Config, { bootstrap }: Situation): boolean {
  return config.bootstrap !== null && bootstrap.now === null;
}

function keptIds(look: Observed): ReadonlySet<string> {
  return new Set([
    ...look.seen.map(({ forgeId }) => forgeId),
    ...look.troubles.map(({ forgeId, owner, name }) => forgeId ?? placeholderId(owner, name)),
  ]);
}

/** An outage is told when it starts and when it ends, not every minute. */
function saveOutage({ db, clock }: Context, observation: Observation): void {
  if (observation.outcome === 'limited') return;
  if (observation.outcome === 'failed') {
    const isNew = startNotice(db, { key: 'outage', since: clock(), message: observation.message });
    if (isNew) putIntoOutbox(db, `ampci cannot poll: ${observation.message}`);
    return;
  }
  const outage = endNotice(db, 'outage');
  if (outage) {
    const since = new Date(outage.since).toISOString();
    putIntoOutbox(db, `ampci polls again; it could not since ${since}: ${outage.message}`);
  }
}
