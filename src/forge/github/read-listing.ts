import type { RestAnswer } from './answer.ts';
import type { Client } from './client.ts';
import type { Fault } from './fault.ts';
import { findPath } from './listing-path.ts';
import { askPage, type ListedRepo, type Listing, type OwnerListing } from './page.ts';
import { isName, record } from './read-repository.ts';
import { lieWayOut } from './to-fault.ts';

type Asked = Pick<Listing, 'kind' | 'owner' | 'wanted' | 'key' | 'path' | 'before'> & {
  readonly full: boolean;
};

/** Pages that are asked for at the same time. */
const atOnce = 4;
/** `pushed_at` may be set a little after the push that it tells of. */
const slackMs = 60_000;

/** Goes on from the first page's answer: finds the right path, reads the page and, as far as something moved, the next ones. */
export async function readListing(client: Client, asked: Asked, first: RestAnswer): Promise<OwnerListing> {
  const { owner, wanted } = asked;
  const found = isMissing(first) ? await findPath(client, asked) : { path: asked.path, answer: first };
  const page = readPage(found.answer, found.path);
  if ('fault' in page) return { kind: 'fault', owner, wanted, fault: page.fault };
  const walked = await walk(client, { ...asked, path: found.path }, page);
  if ('fault' in walked) return { kind: 'fault', owner, wanted, fault: walked.fault };
  const { full: _, ...listing } = asked;
  const unchanged = false;
  return { ...listing, path: found.path, etag: page.etag, unchanged, ...walked };
}

function isMissing(answer: RestAnswer): boolean {
  return answer.kind === 'fault' && answer.fault.kind === 'missing';
}

interface Page {
  readonly repos: readonly ListedRepo[];
  readonly etag: string | null;
  /** Number of the last page; null: not told, so it is one of the first. */
  readonly last: number | null;
  readonly hasNext: boolean;
}

type Walked =
  | { readonly complete: boolean; readonly repos: readonly ListedRepo[] }
  | { readonly fault: Fault };

async function walk(client: Client, asked: Asked, first: Page): Promise<Walked> {
  const pages = [first];
  const count = asked.full || asked.before === null ? atOnce : 1;
  for (let last = first; last.hasNext; last = pages.at(-1) ?? first) {
    const isEnough = !asked.full && isOlder(last.repos.at(-1), asked.before?.newest ?? null);
    if (isEnough) return { complete: false, repos: uniqueRepos(pages) };
    const numbers = pageNumbers(pages.length + 1, first.last, count);
    const read = async (page: number) => readPage(await askPage(client, asked.path, { page }), asked.path);
    for (const page of await Promise.all(numbers.map(read))) {
      if ('fault' in page) return page;
      pages.push(page);
    }
  }
  return { complete: true, repos: uniqueRepos(pages) };
}

/** A push while the pages are read moves a repository to an earlier page, and another one onto the next. */
function uniqueRepos(pages: readonly Page[]): readonly ListedRepo[] {
  const repos = new Map(
    pages
      .flatMap(({ repos }) => repos)
      .toReversed()
      .map((repo) => [repo.forgeId, repo]),
  );
  return [...repos.values()].toReversed();
}

function pageNumbers(from: number, last: number | null, count: number): number[] {
  const until = Math.min(last ?? from, from + count - 1);
  return Array.from({ length: Math.max(1, until - from + 1) }, (_, index) => from + index);
}

/** Sorted by push: what comes behind a repository that has not moved since the last look has not either. */
function isOlder(repo: ListedRepo | undefined, newest: string | null): boolean {
  if (!repo?.pushedAt || newest === null) return false;
  return Date.parse(repo.pushedAt) < Date.parse(newest) - slackMs;
}

function readPage(answer: RestAnswer, path: string): Page | { readonly fault: Fault } {
  if (answer.kind === 'fault') return { fault: answer.fault };
  const repos = answer.kind === 'data' && Array.isArray(answer.data) ? answer.data.map(readRepo) : [null];
  if (answer.kind !== 'data' || !repos.every((repo) => repo !== null)) return { fault: lie(path) };
  const link = String(answer.headers.link ?? '');
  const etag = answer.headers.etag;
  return {
    repos,
    etag: etag === undefined ? null : String(etag),
    last: Number(/[?&]page=(\d+)[^>]*>;\s*rel="last"/.exec(link)?.[1] ?? 0) || null,
    hasNext: repos.length > 0 && /rel="next"/.test(link),
  };
}

function lie(path: string): Fault {
  return {
    kind: 'lie',
    message: `${path} is answered with something else than a list of repositories; ${lieWayOut}`,
  };
}

/** A repository as REST tells it; null: it is something else. */
function readRepo(data: unknown): ListedRepo | null {
  const { id, name, owner, default_branch, archived, fork, pushed_at } = record(data) ?? {};
  const login = record(owner)?.login;
  if (typeof id !== 'number' || !isName(name) || !isName(login)) return null;
  return {
    forgeId: String(id),
    owner: login,
    name,
    defaultBranch: typeof default_branch === 'string' ? default_branch : null,
    archived: archived === true,
    fork: fork === true,
    pushedAt: typeof pushed_at === 'string' ? pushed_at : null,
  };
}
