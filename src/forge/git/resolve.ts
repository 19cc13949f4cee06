import { repoUrl } from '../../domain/match.ts';
import { UserError } from '../../user-error.ts';
import type { ForgeSettings } from '../factory.ts';
import type { ResolvedHead, ResolveRequest } from '../forge.ts';

const timeoutMs = 30_000;

/** The head of one branch now. Throws a UserError. */
export async function resolve(
  { config, listRemote }: ForgeSettings,
  request: ResolveRequest,
): Promise<ResolvedHead> {
  const { owner, name, signal } = request;
  const url = repoUrl(config, { owner, name });
  const listing = await listRemote(url, { signal, timeoutMs });
  if (listing.kind === 'trouble')
    throw new UserError(listing.message, listing.trouble === 'unreadable' ? 3 : 2);
  const { defaultBranch, heads } = listing;
  const branch = request.branch ?? defaultBranch;
  const head = heads.find((each) => each.branch === branch);
  if (branch === null || !head) {
    const missing = branch === null ? 'tells no default branch' : `has no branch ${branch}`;
    throw new UserError(`${url} ${missing}; it has ${someOf(heads.map((each) => each.branch))}`);
  }
  const repo = { forgeId: url, owner, name, defaultBranch, archived: false, pushedAt: null };
  return { repo, branch, sha: head.sha };
}

function someOf(branches: readonly string[]): string {
  const shown = branches.slice(0, 10).join(', ');
  return branches.length > 10 ? `${shown} and ${branches.length - 10} more` : shown || 'none';
}
