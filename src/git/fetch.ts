import { crashPoint } from '../crash-point.ts';
import { changingMirror, type Errand, type Mirrors, pathOf, titleOf } from './mirror.ts';
import { bytesOf, headBranch, readRefs } from './refs.ts';
import type { CheckoutSource } from './source.ts';
import { GitTroubleError, type GitTroubleKind } from './trouble.ts';

const allBranches = '+refs/heads/*:refs/heads/*';
const allTags = '+refs/tags/*:refs/tags/*';

/** Brings the commit with its history and all tags into the mirror, whose lock must be held. Throws a GitTroubleError. */
export async function fetchCommit(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  const target = targetOf(mirrors, source);
  const tips = likelyAncestors(target.path, source.branch);
  const fetchFrom = (from: string) =>
    fetch(mirrors, { ...target, tips, refspecs: [`${from}:refs/heads/${source.branch}`, allTags] }, errand);
  try {
    await fetchFrom(source.sha);
  } catch (error) {
    if (!isOfKind(error, 'sha_refused')) throw error;
    // Some servers give a commit by its branch only. The branch may have moved on, the commit must be in it.
    await onlyFor('sha_refused', () => fetchFrom(`refs/heads/${source.branch}`), notIn(source));
    await onlyFor('unknown', () => verifyIsIn(mirrors, source, errand), notIn(source));
  }
  crashPoint('git.mirror.fetched');
}

/**
 * What the new commit is probably made from: by default git tells the server of all branches, and the server
 * confirms each, at 50 bytes or more.
 */
function likelyAncestors(path: string, branch: string): string[] {
  const refs = readRefs(path);
  const branches = [bytesOf(branch), headBranch(path)];
  return branches.flatMap((name) => refs.get(`refs/heads/${name}`) ?? []);
}

async function verifyIsIn(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void> {
  await mirrors.run({
    ...changingMirror(pathOf(mirrors, source), errand),
    args: ['merge-base', '--is-ancestor', source.sha, `refs/heads/${source.branch}`],
    subject: 'cannot compare commits',
  });
}

function notIn({ sha, branch, url, ...source }: CheckoutSource): GitTroubleError {
  return new GitTroubleError(
    'commit_missing',
    `cannot fetch ${sha} of ${titleOf(source)}: ${url} gives out commits by branch only, and ${branch} does not have it`,
  );
}

/** Does the work; trouble of the one kind means `instead`. */
async function onlyFor(
  kind: GitTroubleKind,
  work: () => Promise<void>,
  instead: GitTroubleError,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw isOfKind(error, kind) ? instead : error;
  }
}

/** Brings all branches and tags, and removes those that are gone. */
export async function fetchAll(mirrors: Mirrors, target: FetchTarget, errand: Errand): Promise<void> {
  await fetch(mirrors, { ...target, tips: [], refspecs: [allBranches, allTags] }, errand);
  crashPoint('git.mirror.refreshed');
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

interface Wanted extends FetchTarget {
  readonly refspecs: readonly string[];
  /** Commits to tell the server of, as what is there already; none: all branches and tags. */
  readonly tips: readonly string[];
}

/**
 * `--verbose` because simple-git waits 50 ms for the words of a command that says nothing. `--prune` removes
 * what a refspec with `*` names and the server no longer has.
 */
async function fetch({ run }: Mirrors, wanted: Wanted, errand: Errand): Promise<void> {
  const { path, url, subject, refspecs } = wanted;
  const options = [
    '--verbose',
    '--force',
    '--prune',
    ...wanted.tips.map((tip) => `--negotiation-tip=${tip}`),
  ];
  await run({
    ...changingMirror(path, errand),
    args: ['fetch', ...options, ...quick, '--', url, ...refspecs],
    subject,
  });
}

const quick = [
  '--no-auto-maintenance',
  '--no-write-fetch-head',
  '--no-show-forced-updates',
  '--no-recurse-submodules',
];

function isOfKind(error: unknown, kind: GitTroubleKind): boolean {
  return error instanceof GitTroubleError && error.kind === kind;
}
