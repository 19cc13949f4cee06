import { crashPoint } from '../crash-point.ts';
import type { CheckoutSource } from './checkout.ts';
import { type Errand, type Mirrors, onMirror, pathOf, titleOf } from './mirror.ts';
import { GitTroubleError } from './trouble.ts';

const allBranches = '+refs/heads/*:refs/heads/*';
const allTags = '+refs/tags/*:refs/tags/*';

/** Brings the commit with its history and all tags into the mirror, whose lock must be held. Throws a GitTroubleError. */
export async function fetchCommit(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  try {
    await fetch(mirrors, source, {
      ...errand,
      refspecs: [`${source.sha}:refs/heads/${source.branch}`, allTags],
    });
  } catch (error) {
    if (!isOfKind(error, 'sha_refused')) throw error;
    await fetchByBranch(mirrors, source, errand);
  }
  crashPoint('git.mirror.fetched');
}

/** Brings all branches and tags, and removes those that are gone. */
export async function fetchAll(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  await fetch(mirrors, source, { ...errand, refspecs: [allBranches, allTags] });
  crashPoint('git.mirror.refreshed');
}

/** For servers that give a commit by its branch only. The branch may have moved on, the commit must be in it. */
async function fetchByBranch(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  const branch = `refs/heads/${source.branch}`;
  try {
    await fetch(mirrors, source, { ...errand, refspecs: [`+${branch}:${branch}`, allTags] });
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

interface FetchErrand extends Errand {
  readonly refspecs: readonly string[];
}

/**
 * `--verbose` because simple-git waits 50 ms for the words of a command that says nothing. `--prune` removes
 * what a refspec with `*` names and the server no longer has.
 */
async function fetch(mirrors: Mirrors, source: CheckoutSource, errand: FetchErrand): Promise<void> {
  const quick = [
    '--no-auto-maintenance',
    '--no-write-fetch-head',
    '--no-show-forced-updates',
    '--no-recurse-submodules',
  ];
  await mirrors.run({
    ...onMirror(pathOf(mirrors, source), errand),
    args: ['fetch', '--verbose', '--force', '--prune', ...quick, '--', source.url, ...errand.refspecs],
    subject: `cannot fetch ${source.sha} of ${titleOf(source)} from ${source.url}`,
  });
}

function isOfKind(error: unknown, kind: GitTroubleError['kind']): boolean {
  return error instanceof GitTroubleError && error.kind === kind;
}
