import type { Head, RemoteRepo } from '../../domain/head.ts';
import type { RepoTrouble } from '../forge.ts';
import type { GraphqlAnswer, GraphqlError } from './answer.ts';
import type { Client } from './client.ts';
import type { Fault } from './fault.ts';
import { type HeadsPage, headsQuery } from './heads-query.ts';
import { type RepositoryPage, readRepository } from './read-repository.ts';
import { printable } from './to-fault.ts';

export interface RepoName {
  readonly owner: string;
  readonly name: string;
}

/** What became of the question for one repository's heads. */
export type RepoAnswer =
  /** All of them; none where `empty`. */
  | {
      readonly kind: 'heads';
      readonly repo: RemoteRepo;
      readonly fork: boolean;
      readonly empty: boolean;
      readonly heads: readonly Head[];
    }
  | { readonly kind: Exclude<RepoTrouble['kind'], 'archived' | 'empty'>; readonly message: string };

export interface HeadsAnswer<Q> {
  readonly answers: ReadonlyMap<Q, RepoAnswer>;
  /** What ended the asking before every question had its answer; null: nothing did. */
  readonly fault: Fault | null;
}

/** Half of what GitHub answers with certainty within its ten seconds. */
const usualBatch = 50;
/** A point's worth; also how many node ids GitHub takes at once. */
const largestBatch = 100;
/** Beyond this many requests for first pages the batches grow: 1,000 repositories take 13. */
const usualRequests = 13;
const atOnce = 4;
/** So many failures before the first success mean that it is not a repository's fault. */
const hopelessFailures = 8;

interface Item<Q> {
  readonly question: Q;
  readonly page: HeadsPage;
  readonly before: readonly RepositoryPage[];
  /** Its pages did not fit together once already. */
  readonly again: boolean;
}

/** Asks for the complete heads of many repositories, many at a time, all pages. A batch that is too much for GitHub is halved. */
export async function askHeads<Q extends RepoName>(
  client: Client,
  questions: readonly Q[],
): Promise<HeadsAnswer<Q>> {
  const answers = new Map<Q, RepoAnswer>();
  const size = Math.min(largestBatch, Math.max(usualBatch, Math.ceil(questions.length / usualRequests)));
  let successes = 0;
  let failures = 0;
  let fault: Fault | null = null;
  const suspects = new Map<Q, Fault>();
  let items: Item<Q>[] = questions.map((question) => firstPage(question, false));

  async function ask(batch: readonly Item<Q>[], queue: (readonly Item<Q>[])[]): Promise<Item<Q>[]> {
    const { text, variables } = headsQuery(batch.map(({ page }) => page));
    const answer = await client.graphql(text, variables);
    if (answer.kind === 'data') {
      successes += 1;
      return settle(batch, answer, answers);
    }
    failures += 1;
    const isHopeless = successes === 0 && failures >= hopelessFailures;
    if (answer.fault.kind !== 'server' || isHopeless) fault ??= answer.fault;
    else if (batch.length > 1) queue.push(...halves(batch));
    else for (const { question } of batch) suspects.set(question, answer.fault);
    return [];
  }

  while (items.length > 0 && fault === null) {
    const queue = chunks(items, size);
    const next: Item<Q>[] = [];
    const work = async () => {
      for (let batch = queue.shift(); batch && fault === null; batch = queue.shift())
        next.push(...(await ask(batch, queue)));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    items = next;
  }
  return { answers, fault: fault ?? judge(suspects, answers) };
}

/** Where nothing but failures came, it is not the repositories' trouble, unless there is only one. Else it is. */
function judge<Q extends RepoName>(
  suspects: ReadonlyMap<Q, Fault>,
  answers: Map<Q, RepoAnswer>,
): Fault | null {
  const [first] = suspects.values();
  if (answers.size === 0 && suspects.size > 1) return first ?? null;
  for (const [question, { message }] of suspects) {
    answers.set(question, { kind: 'unreadable', message: `${fullName(question)}: ${message}` });
  }
  return null;
}

function firstPage<Q extends RepoName>(question: Q, again: boolean): Item<Q> {
  const { owner, name } = question;
  return { question, page: { owner, name, after: null }, before: [], again };
}

function chunks<T>(items: readonly T[], size: number): (readonly T[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function halves<T>(items: readonly T[]): (readonly T[])[] {
  return chunks(items, Math.ceil(items.length / 2));
}

/** Stores the answers that are complete; returns the items that go on with another page. */
function settle<Q extends RepoName>(
  batch: readonly Item<Q>[],
  answer: Extract<GraphqlAnswer, { kind: 'data' }>,
  answers: Map<Q, RepoAnswer>,
): Item<Q>[] {
  return batch.flatMap((item, index) => {
    const alias = `r${index}`;
    const error = answer.errors.find(({ path }) => path?.[0] === alias);
    const page = error ? null : readRepository(answer.data[alias]);
    if (page === null) {
      answers.set(item.question, troubleOf(item.question, error));
      return [];
    }
    const pages = [...item.before, page];
    if (page.next !== null) return [{ ...item, page: { ...item.page, after: page.next }, before: pages }];
    const whole = joined(pages);
    // A push between two pages is no trouble: it is over when they are asked for again.
    if (whole === null && !item.again) return [firstPage(item.question, true)];
    answers.set(item.question, whole ?? notWhole(item.question, pages));
    return [];
  });
}

/** The pages as one listing; null: it is no whole one, of one repository, and with as many heads as GitHub counts on each of them. */
function joined(pages: readonly RepositoryPage[]): RepoAnswer | null {
  const [first] = pages;
  const heads = headsIn(pages);
  const isOne = pages.every(
    ({ repo, totalCount }) => repo.forgeId === first?.repo.forgeId && totalCount === heads.size,
  );
  const isWhole = first !== undefined && isOne && heads.size > 0 !== first.empty;
  if (!isWhole) return null;
  const { repo, fork, empty } = first;
  return { kind: 'heads', repo, fork, empty, heads: [...heads.values()] };
}

function headsIn(pages: readonly RepositoryPage[]): ReadonlyMap<string, Head> {
  return new Map(pages.flatMap((page) => page.heads.map((head) => [head.branch, head] as const)));
}

function notWhole(question: RepoName, pages: readonly RepositoryPage[]): RepoAnswer {
  const counts = `${headsIn(pages).size} of ${pages.at(-1)?.totalCount ?? 0}`;
  const message = `the list of branches of ${fullName(question)} is not whole (${counts}); it is asked for again`;
  return { kind: 'unreadable', message };
}

function troubleOf(question: RepoName, error: GraphqlError | undefined): RepoAnswer {
  const name = fullName(question);
  if (error?.type === 'NOT_FOUND') {
    const message = `${name} does not exist, or the token may not see it: check repos in amp.yaml and the token's repositories`;
    return { kind: 'missing', message };
  }
  const said = error ? ` (${printable(error.message)})` : '';
  if (error?.type === 'FORBIDDEN') {
    const message = `${name} may not be read${said}: authorise the token for the organisation (single sign-on) and for the repository`;
    return { kind: 'forbidden', message };
  }
  return {
    kind: 'unreadable',
    message: `the branches of ${name} cannot be read${said}; it is asked for again`,
  };
}

function fullName({ owner, name }: RepoName): string {
  return `${owner}/${name}`;
}
