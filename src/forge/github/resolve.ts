import { UserError } from '../../user-error.ts';
import type { ResolvedHead, ResolveRequest } from '../forge.ts';
import type { GraphqlError } from './answer.ts';
import { openClient } from './client.ts';
import type { Github } from './observe.ts';
import { isSha, record, remoteRepo } from './read-repository.ts';
import { printable } from './to-fault.ts';

const query = `query($owner:String!,$name:String!,$ref:String!,$named:Boolean!){
  rateLimit{cost}
  repository(owner:$owner,name:$name){
    databaseId name owner{login}isArchived pushedAt
    defaultBranchRef{name target{oid}}
    ref(qualifiedName:$ref)@include(if:$named){name target{oid}}
  }
}`;

/** The exit code of "GitHub could not be asked". */
const notAsked = 3;

/** The head of one branch now. Throws a UserError. */
export async function resolve(github: Github, request: ResolveRequest): Promise<ResolvedHead> {
  const { owner, name, branch, signal } = request;
  const client = await openClient({ ...github, signal });
  const variables = { owner, name, ref: `refs/heads/${branch ?? ''}`, named: branch !== null };
  const answer = await client.graphql(query, variables);
  if (answer.kind === 'fault') throw new UserError(answer.fault.message, notAsked);
  const repository = record(answer.data.repository);
  const repo = remoteRepo(repository);
  if (repository === null || repo === null) throw missingRepo(request, answer.errors);
  const head = record(branch === null ? repository.defaultBranchRef : repository.ref);
  const sha = record(head?.target)?.oid;
  if (head === null || !isSha(sha)) throw missingBranch(request);
  return { repo, branch: branch ?? String(head.name), sha };
}

function missingRepo({ owner, name }: ResolveRequest, [error]: readonly GraphqlError[]): UserError {
  if (error && error.type !== 'NOT_FOUND') {
    return new UserError(`${owner}/${name} cannot be read: ${printable(error.message)}`, notAsked);
  }
  return new UserError(`${owner}/${name} does not exist, or the token may not see it`);
}

function missingBranch({ owner, name, branch }: ResolveRequest): UserError {
  return new UserError(
    branch === null
      ? `${owner}/${name} has no default branch: is it empty? Name a branch`
      : `${owner}/${name} has no branch ${branch}: check its name, upper and lower case matter`,
  );
}
