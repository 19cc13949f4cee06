import { crashPoint } from '../crash-point.ts';
import type { CheckoutSource } from './checkout.ts';
import { type Errand, type Mirrors, onMirror, pathOf, titleOf } from './mirror.ts';
import { GitTroubleError } from './trouble.ts';

const allBranches = '+refs/heads/*:refs/heads/*';
const allTags = '+refs/tags/*:refs/tags/*';

/** Brings the commit with its history and all tags into the mirror, whose lock must be held. Throws a GitTroubleError. */
export async function fetchCommit(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  try {
    const refspecs = [`${source.sha}:refs/heads/${source.branch}`, allTags];
    await fetch(mirrors, { ...targetOf(mirrors, source), refspecs }, errand);
  } catch (error) {
    if (!isOfKind(error, 'sha_refused')) throw error;
    await fetchByBranch(mirrors, source, errand);
  }
  crashPoint('git.mirror.fetched');
}

/** Brings all branches and tags, and removes those that are gone. */
export async function fetchAll(mirrors: Mirrors, target: FetchTarget, errand: Errand): Promise<void> {
  await fetch(mirrors, { ...target, refspecs: [allBranches, allTags] }, errand);
  crashPoint('git.mirror.refreshed');
}

/** For servers that give a commit by its branch only. The branch may have moved on, the commit must be in it. */
async function fetchByBranch(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  const branch = `refs/heads/${source.branch}`;
  try {
    await fetch(
      mirrors,
      { ...targetOf(mirrors, source), refspecs: [`+${branch}:${branch}`, allTags] },
      errand,
    );
    await mirrors.run({
      ...onMirror(pathOf(mirrors, source), errand),
      args: ['merge-base', '--is-ancestor', source.sha, branch],
      subject: 'the branch does not have it',
    });
  } catch (error) {
    if (!isOfKind(error, 'sha_refused') && !isOfKind(error, 'unknown')) throw error;
    throw new GitTroubleError(
      'commit_missing',
      `cannot fetch ${source.sha} of ${titleOf(source)}: ${source.url} gives out commits by branch only, and ${source.branch} does not have it`,
    );
  }
}

export interface FetchTarget {
  /** Of the mirror. */
  readonly path: string;
  /** URL, or the name of one in the mirror's configuration. */
  readonly url: string;
  /** As the start of a sentence. */
  readonly subject: string;
}

export function targetOf(mirrors: Mirrors, source: CheckoutSource): FetchTarget {
  const subject = `cannot fetch ${source.sha} of ${titleOf(source)} from ${source.url}`;
  return { path: pathOf(mirrors, source), url: source.url, subject };
}

/**
 * `--verbose` because simple-git waits 50 ms for the words of a command that says nothing. `--prune` removes
 * what a refspec with `*` names and the server no longer has.
 */
async function fetch(
  { run }: Mirrors,
  { path, url, subject, refspecs }: FetchTarget & { readonly refspecs: readonly string[] },
  errand: Errand,
): Promise<void> {
  const quick = [
    '--no-auto-maintenance',
    '--no-write-fetch-head',
    '--no-show-forced-updates',
    '--no-recurse-submodules',
  ];
  const args = ['fetch', '--verbose', '--force', '--prune', ...quick, '--', url, ...refspecs];
  await run({ ...onMirror(path, errand), args, subject });
}

function isOfKind(error: unknown, kind: GitTroubleError['kind']): boolean {
  return error instanceof GitTroubleError && error.kind === kind;
}
