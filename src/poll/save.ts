import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import type { ObservedRepo, RemoteRepo } from '../domain/head.ts';
import { bootstrapOf, sameName } from '../domain/match.ts';
import { bootstrapMoved, isBootstrap, type Plan, plan, type Situation } from '../domain/plan.ts';
import type { Observation, RepoTrouble } from '../forge/forge.ts';
import { readMeta, writeMeta } from '../store/meta.ts';
import { endNotice, startNotice } from '../store/notices.ts';
import { putIntoOutbox } from '../store/outbox.ts';
import { recordPoll } from '../store/polls.ts';
import { adoptRepos, saveSeen, unwatchOthers } from '../store/repos.ts';
import { saveAsked, saveResponses } from '../store/save-observation.ts';
import { savePlan } from '../store/save-plan.ts';
import { headOf, storedRepos, watchedRepos } from '../store/situation.ts';
import { saveTroubles } from '../store/troubles.ts';
import type { Look } from './observe.ts';

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
  adoptRepos(db, look.seen);
  const situation = situationOf(context, look);
  const troubles = [...look.troubles, ...bootstrapTrouble(context, situation, look)];
  const news = saveTroubles(db, { troubles, repos: look.repos, now });
  const renames = saveSeen(db, look.seen);
  const isBlocked = config.bootstrap !== null && situation.bootstrap.now === null;
  if (!isBlocked) {
    savePlan(db, { plan: plan(config, situation), bootstrapSha: situation.bootstrap.now, now });
    writeMeta(db, 'bootstrap_sha', situation.bootstrap.now);
    if (!look.partial) saveResponses(db, look.responses, now);
  }
  if (look.full && !look.partial) unwatchOthers(db, keptIds(look), now);
  for (const { message } of news.broke) putIntoOutbox(db, message);
  for (const { name } of news.mended) putIntoOutbox(db, `${name} can be read again`);
  for (const { from, to } of renames) {
    putIntoOutbox(db, `${from} is now ${to}: ampci follows it; change ${config.file} when it suits you`);
  }
}

/** What a plan is made from: of the stored repositories all, if the bootstrap moved. */
function situationOf({ db, config }: Context, look: Observed & Pick<Look, 'partial'>): Situation {
  const bootstrap = { now: bootstrapNow({ db, config }, look.repos), before: readMeta(db, 'bootstrap_sha') };
  const ids = look.repos.map(({ repo }) => repo.forgeId);
  return {
    full: look.full && !look.partial,
    observed: look.repos,
    stored: bootstrapMoved({ bootstrap }) ? watchedRepos(db) : storedRepos(db, ids),
    bootstrap,
  };
}

export function planOf(context: Context, look: Observed & Pick<Look, 'partial'>): Plan {
  return plan(context.config, situationOf(context, look));
}

/** The bootstrap's head as seen now, else as stored; null: it has none, or was never seen. */
function bootstrapNow(
  { db, config }: Pick<Context, 'db' | 'config'>,
  repos: readonly ObservedRepo[],
): string | null {
  const bootstrap = bootstrapOf(config);
  if (bootstrap === null) return null;
  const observed = repos.find(({ repo }) => isBootstrap(config, repo));
  if (!observed) return headOf(db, bootstrap, config.bootstrapBranch);
  const branch = config.bootstrapBranch ?? observed.repo.defaultBranch;
  return (
    observed.heads.find((head) => head.branch === branch)?.sha ??
    headOf(db, bootstrap, config.bootstrapBranch)
  );
}

/** Without the bootstrap nothing can be built, so its trouble is told even if the forge has none with it. */
function bootstrapTrouble({ config }: Context, situation: Situation, look: Observed): RepoTrouble[] {
  const bootstrap = bootstrapOf(config);
  if (bootstrap === null || situation.bootstrap.now !== null) return [];
  const isBootstraps = ({ owner, name }: Pick<RemoteRepo, 'owner' | 'name'>) =>
    sameName(config, owner, bootstrap.owner) && sameName(config, name, bootstrap.name);
  if (look.troubles.some(isBootstraps)) return [];
  const branch = config.bootstrapBranch ?? 'a default branch';
  const forgeId = look.repos.find(({ repo }) => isBootstraps(repo))?.repo.forgeId ?? null;
  return [
    {
      ...bootstrap,
      forgeId,
      kind: 'missing',
      message: `${bootstrap.owner}/${bootstrap.name}, the bootstrap, has no ${branch}: nothing is built until it has; see bootstrap and bootstrap_branch in ${config.file}`,
    },
  ];
}

function keptIds(look: Observed): ReadonlySet<string> {
  return new Set([
    ...look.seen.map(({ forgeId }) => forgeId),
    ...look.troubles.map(({ forgeId, owner, name }) => forgeId ?? `?${owner}/${name}`),
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
