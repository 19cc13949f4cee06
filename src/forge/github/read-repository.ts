import type { Head, RemoteRepo } from '../../domain/head.ts';

/** A page of a repository's heads as GraphQL answers it. */
export interface RepositoryPage {
  readonly repo: RemoteRepo;
  readonly fork: boolean;
  /** GitHub says that there is nothing in it, not even a branch. */
  readonly empty: boolean;
  readonly heads: readonly Head[];
  readonly totalCount: number;
  /** Where the next page starts; null: this is the last. */
  readonly next: string | null;
}

/** Checks and reads one repository of the answer; null: it is not what was asked for, or a part is missing. */
export function readRepository(data: unknown): RepositoryPage | null {
  const repo = remoteRepo(data);
  const refs = record(record(data)?.refs);
  const { totalCount, nodes, pageInfo } = refs ?? {};
  const { hasNextPage, endCursor } = record(pageInfo) ?? {};
  if (repo === null || typeof totalCount !== 'number' || !Array.isArray(nodes)) return null;
  if (typeof hasNextPage !== 'boolean' || (hasNextPage && typeof endCursor !== 'string')) return null;
  const heads = nodes.map(readHead).filter((head) => head !== null);
  if (heads.length < nodes.length) return null;
  const { isFork, isEmpty } = record(data) ?? {};
  const next = hasNextPage ? String(endCursor) : null;
  return { repo, fork: isFork === true, empty: isEmpty === true, heads, totalCount, next };
}

export function remoteRepo(data: unknown): RemoteRepo | null {
  const { databaseId, name, owner, isArchived, pushedAt, defaultBranchRef } = record(data) ?? {};
  const { login } = record(owner) ?? {};
  if (typeof databaseId !== 'number' || !isName(name) || !isName(login)) return null;
  const branch = record(defaultBranchRef)?.name;
  return {
    forgeId: String(databaseId),
    owner: login,
    name,
    defaultBranch: typeof branch === 'string' ? branch : null,
    archived: isArchived === true,
    pushedAt: typeof pushedAt === 'string' ? pushedAt : null,
  };
}

function readHead(node: unknown): Head | null {
  const { name, target } = record(node) ?? {};
  const oid = record(target)?.oid;
  if (typeof name !== 'string' || name === '' || !isSha(oid)) return null;
  return { branch: name, sha: oid };
}

/** GitHub's names, which become folders: nothing else is believed. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) && !/^\.{1,2}$/.test(value);
}

export function isSha(value: unknown): value is string {
  return typeof value === 'string' && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
}

export function record(data: unknown): Readonly<Record<string, unknown>> | null {
  return typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : null;
}
