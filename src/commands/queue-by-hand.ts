import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import type { Build } from '../domain/build.ts';
import { isBootstrap } from '../domain/configured-name.ts';
import type { RemoteRepo } from '../domain/head.ts';
import { bootstrapOf, type RepoName, sameName } from '../domain/match.ts';
import { reasonNotWanted } from '../domain/plan.ts';
import { fullName } from '../domain/repo-name.ts';
import type { ResolvedHead } from '../forge/forge.ts';
import { configuredRepo, namesNow } from '../poll/observe.ts';
import { renameNews, successionNews } from '../poll/rename-news.ts';
import { activeBuild, activeBuildOfOther, readBuild } from '../store/build-rows.ts';
import type { Db } from '../store/database.ts';
import { saveNames } from '../store/names.ts';
import { putIntoOutbox } from '../store/outbox.ts';
import { saveRemoteRepo, watchedHeads } from '../store/repos.ts';
import { saveManualBuild } from '../store/save-plan.ts';
import { UserError } from '../user-error.ts';

/** What somebody wants built. */
export interface BuildWish {
  readonly repo: string;
  /** null: the default branch. */
  readonly branch: string | null;
  /** null: the branch's head. */
  readonly sha: string | null;
}

/** Queues a build of the branch as it is now; one that runs for that very commit is taken as the answer. */
export async function queueOne(context: Context, wish: BuildWish): Promise<Build> {
  if (wish.sha !== null && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(wish.sha)) {
    throw new UserError(`--sha ${wish.sha}: expected the full commit SHA, 40 lower-case hexadecimal digits`);
  }
  const configured = configuredRepo(context.config, wish.repo);
  const repo = namesNow(context)(configured);
  const [head, bootstrapSha] = await Promise.all([
    resolve(context, { ...repo, branch: wish.branch }),
    bootstrapShaNow(context),
  ]);
  const isWanted = reasonNotWanted(context.config, configured, head.branch) === null;
  const sha = wish.sha ?? head.sha;
  const isHead = wish.sha === null;
  return queueHead(context, { ...head, asked: repo, sha, isHead, isWanted, bootstrapSha });
}

/** Queues the default branch of every watched repository, beside the bootstrap of now. */
export async function queueAll(context: Context): Promise<number[]> {
  const bootstrapSha = await bootstrapShaNow(context);
  const { db, config } = context;
  return db
    .transaction(() => {
      const heads = watchedHeads(db).filter((head) => !isBootstrap(config, head, head.watchedAs));
      if (heads.length === 0) throw new UserError('no repository is known yet: run "ampci poll" first');
      return heads.map(({ repoId, branch, sha }) =>
        saveManualBuild(db, {
          repoId,
          branch,
          sha,
          isHead: true,
          isWanted: true,
          bootstrapSha,
          now: context.clock(),
        }),
      );
    })
    .immediate();
}

interface HeadToQueue {
  readonly repo: RemoteRepo;
  /** What it was asked for by. */
  readonly asked: RepoName;
  readonly branch: string;
  readonly sha: string;
  /** The branch's head as just seen: the next poll finds nothing new in it. */
  readonly isHead: boolean;
  /** amp.yaml does not leave out the branch. */
  readonly isWanted: boolean;
  readonly bootstrapSha: string | null;
}

function queueHead(context: Context, { repo, asked, ...head }: HeadToQueue): Build {
  const { db, clock } = context;
  const id = db
    .transaction(() => {
      const repoId = saveResolved(context, repo, asked);
      if (!head.isHead) refuseToDisplace(db, { ...head, repoId });
      const active = activeBuild(db, repoId, head.branch);
      const isUnderWay =
        active?.state === 'running' && active.sha === head.sha && active.bootstrapSha === head.bootstrapSha;
      return isUnderWay ? active.id : saveManualBuild(db, { ...head, repoId, now: clock() });
    })
    .immediate();
  crashPoint('manual.queued');
  const queued = readBuild(db, id);
  if (!queued) throw new Error(`build ${id} vanished`);
  return queued;
}

function saveResolved({ db, config, clock }: Context, repo: RemoteRepo, asked: RepoName): number {
  const { forgeId } = repo;
  const isRedirected = !sameName(config, fullName(repo), fullName(asked));
  const redirects = isRedirected ? [{ forgeId, owner: asked.owner, name: asked.name }] : [];
  const named = saveNames(db, config, { seen: [repo], redirects, troubles: [], now: clock() });
  for (const rename of named.renames) putIntoOutbox(db, renameNews(config, rename));
  for (const succession of named.successions) putIntoOutbox(db, successionNews(config, succession));
  return saveRemoteRepo(db, repo);
}

/** The commit that waits or runs may be the branch's head, which no poll would queue again. */
function refuseToDisplace(db: Db, wanted: Pick<Build, 'repoId' | 'branch' | 'sha'>): void {
  const other = activeBuildOfOther(db, wanted);
  if (!other) return;
  throw new UserError(
    `build ${other.id} of ${other.repo} ${other.branch} is ${other.state} for ${other.sha.slice(0, 12)}, and --sha must not take its place: try again when it has ended ("ampci log ${other.id} -f")`,
  );
}

async function resolve(
  context: Context,
  wanted: { owner: string; name: string; branch: string | null },
): Promise<ResolvedHead> {
  const forge = await context.forge();
  return forge.resolve({ ...wanted, signal: context.signal });
}

async function bootstrapShaNow(context: Context): Promise<string | null> {
  const bootstrap = bootstrapOf(context.config);
  if (bootstrap === null) return null;
  const { sha } = await resolve(context, { ...bootstrap, branch: context.config.bootstrapBranch });
  return sha;
}
