import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { crashPoint } from '../crash-point.ts';
import { withDeadline } from '../deadline.ts';
import type { Build } from '../domain/build.ts';
import { markOf } from '../domain/mark.ts';
import { bootstrapOf, repoUrl } from '../domain/match.ts';
import type { Commit } from '../git/commit.ts';
import type { CheckoutSource } from '../git/source.ts';
import type { BuildLog } from '../logs/build-log.ts';
import { repoByName } from '../store/situation.ts';
import { settingsOf } from './scripts.ts';

export type BuildCheckout =
  | { readonly kind: 'checked_out'; readonly commit: Commit }
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'stopped' };

interface Place {
  readonly log: BuildLog;
  readonly workspace: string;
}

/** Makes `<workspace>/<bootstrap>` and `<workspace>/src_repos/<repo>`, both at once: their mirrors are different ones. */
export async function checkOutBoth(context: Context, build: Build, place: Place): Promise<BuildCheckout> {
  const { timeoutMs } = settingsOf(context.config, build);
  return withDeadline({ timeoutMs, signal: context.signal }, async (signal) => {
    const checkout = await checkOutInto(context, build, { ...place, signal });
    if (context.signal.aborted) return { kind: 'stopped' };
    if (!signal.aborted) return checkout;
    return { kind: 'trouble', message: 'checking out took longer than the timeout of the whole build' };
  });
}

async function checkOutInto(
  context: Context,
  build: Build,
  { log, workspace, signal }: Place & { readonly signal: AbortSignal },
): Promise<BuildCheckout> {
  const git = await context.git();
  const mark = markOf(context.datadirId, build.id);
  const errand = { signal, mark, log: (message: string) => log.note(message) };
  const sources = join(workspace, 'src_repos');
  mkdirSync(sources);
  crashPoint('build.src_repos_made');
  const bootstrap = bootstrapBeside(context, build);
  const [repo, trouble] = await Promise.all([
    git.checkout(repoSource(context, build), { ...errand, directory: join(sources, build.repo) }),
    bootstrap &&
      git.checkoutBeside(bootstrap.source, { ...errand, directory: join(workspace, bootstrap.folder) }),
  ]);
  crashPoint('build.checked_out');
  if (repo.kind === 'trouble') return { kind: 'trouble', message: repo.trouble.message };
  return trouble ? { kind: 'trouble', message: trouble.message } : repo;
}

function repoSource({ config }: Context, build: Build): CheckoutSource {
  const { repoId, owner, repo: name, branch, sha } = build;
  const { submodules } = settingsOf(config, build);
  return { repoId, owner, name, url: repoUrl(config, { owner, name }), branch, sha, submodules };
}

interface Beside {
  /** Its folder in the workspace: scripts know it by the name that amp.yaml has, also after a rename. */
  readonly folder: string;
  readonly source: CheckoutSource;
}

function bootstrapBeside({ config, db }: Context, build: Build): Beside | null {
  const bootstrap = bootstrapOf(config);
  if (bootstrap === null || build.bootstrapSha === null) return null;
  const known = repoByName(db, bootstrap);
  const { owner, name, defaultBranch } = known ?? { ...bootstrap, defaultBranch: null };
  const url = repoUrl(config, { owner, name });
  const branch = config.bootstrapBranch ?? defaultBranch ?? 'main';
  const { bootstrapSha: sha } = build;
  const { submodules } = config;
  const source = { repoId: known?.id ?? null, owner, name, url, branch, sha, submodules };
  return { folder: bootstrap.name, source };
}
