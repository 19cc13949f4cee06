import type { NewApp } from './apps.ts';
import type { Fault, FaultLimits, FaultMatch, SwitchedFault } from './faults.ts';
import type { LoggedRequest } from './log.ts';
import type { Resource } from './quota.ts';
import type { FileContent, NewCommit, NewRepo } from './repositories.ts';
import type { NewToken } from './tokens.ts';
import type { Account, Status } from './world.ts';

export interface NewHubRepo extends NewRepo {
  /** Files of a first commit on the default branch. Default: the repository stays empty. */
  readonly files?: Readonly<Record<string, FileContent>>;
}

/** A repository as tests hold it; its names follow a rename. */
export interface StandInRepo {
  readonly id: number;
  readonly nodeId: string;
  readonly owner: string;
  readonly name: string;
  /** `owner/name`. */
  readonly fullName: string;
  /** The bare repository. After changing it by hand, call `hub.refresh`. */
  readonly path: string;
  readonly cloneUrl: string;
  readonly defaultBranch: string;
  /** ISO 8601, as the API tells it. */
  readonly pushedAt: string;
  readonly statuses: readonly Status[];
  /** The head of a branch, as the API tells it. */
  head(branch?: string): string | undefined;
  /** Branches to heads, as the API tells them. */
  heads(): ReadonlyMap<string, string>;
}

/** What `createRepo` returned, or `owner/name`. */
export type RepoRef = string | { readonly id: number };

export interface QuotaView {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Milliseconds since 1970. */
  readonly resetAt: number;
}

export interface Hub {
  /** The server's root, without owner and slash: what stands before `/<owner>` in `baseurl`. */
  readonly url: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  /** The CA of `tls`. */
  readonly caFile: string;
  /** All requests, oldest first. */
  readonly requests: LoggedRequest[];

  createRepo(repo: NewHubRepo): Promise<StandInRepo>;
  /** `count` repositories `<prefix>0001`… of an owner, each with one commit on `main`. */
  createRepos(
    count: number,
    options: { readonly owner: string; readonly prefix?: string },
  ): Promise<StandInRepo[]>;
  /** Throws when there is none (any more). */
  repo(repo: RepoRef): StandInRepo;
  rename(repo: RepoRef, name: string): void;
  transfer(repo: RepoRef, owner: string): void;
  archive(repo: RepoRef, archived?: boolean): void;
  setPrivate(repo: RepoRef, isPrivate: boolean): void;
  setDefaultBranch(repo: RepoRef, branch: string): void;
  deleteRepo(repo: RepoRef): void;

  /** Returns the SHA. */
  commit(repo: RepoRef, branch: string, commit?: NewCommit): Promise<string>;
  /** One push of many new branches, each with a commit of its own; names to SHAs. */
  createBranches(repo: RepoRef, branches: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Points a branch to a commit: a new branch, or a forced push (forwards or backwards). */
  forcePush(repo: RepoRef, branch: string, sha: string): Promise<void>;
  deleteBranch(repo: RepoRef, ...branches: string[]): Promise<void>;
  tag(repo: RepoRef, tag: string, sha: string): Promise<void>;
  /** A `git fast-import` stream: the quick way to a large history. */
  fastImport(repo: RepoRef, stream: string | Buffer): Promise<void>;
  /** Looks at the bare repository again, after something but the server changed it. */
  refresh(repo: RepoRef): Promise<void>;

  /** While on, what is committed is told by the API and unknown to git. */
  lag(repo: RepoRef, on: boolean): Promise<void>;
  /** While on, pushes do not move `pushed_at`. */
  freezePushedAt(repo: RepoRef, on: boolean): void;

  addAccount(login: string, type: Account['type']): void;
  addToken(token: NewToken): void;
  removeToken(token: string): void;
  /** Returns the private key to sign with (PEM), unless the App brought its own. */
  addApp(app: NewApp): string | null;
  /** Default: of an anonymous client. An installation's: `installation <id>`. */
  quota(token?: string): { readonly core: QuotaView; readonly graphql: QuotaView };
  setQuota(
    token: string,
    resource: Resource,
    quota: { remaining: number; limit?: number; resetAt?: number },
  ): void;
  fault(match: FaultMatch, fault: Fault, limits?: FaultLimits): SwitchedFault;
  clearFaults(): void;
  /** Forgets requests and quotas used. */
  resetCounters(): void;

  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
