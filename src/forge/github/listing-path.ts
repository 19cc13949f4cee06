import type { RestAnswer } from './answer.ts';
import type { Client } from './client.ts';
import { askPage, type Listing } from './page.ts';
import { record } from './read-repository.ts';

interface Found {
  readonly path: string;
  readonly answer: RestAnswer;
}

/**
 * Where an owner's repositories are listed when the path tried first has none (404): it depends on what the owner
 * is. Only `/user/repos` shows the private ones of the token's own user.
 */
export async function findPath(
  client: Client,
  { owner, path }: Pick<Listing, 'owner' | 'path'>,
): Promise<Found> {
  const account = await client.rest(`GET /users/${owner}`, {});
  if (account.kind !== 'data') return { path, answer: withWayOut(account, owner) };
  const right = await pathOf(client, owner, textAt(account, 'type'));
  return { path: right, answer: withWayOut(await askPage(client, right, { page: 1 }), owner) };
}

async function pathOf(client: Client, owner: string, type: string): Promise<string> {
  if (type === 'organization') return `/orgs/${owner}/repos`;
  // An App's token belongs to no user: 403.
  const user = await client.rest('GET /user', {});
  const isOneself = textAt(user, 'login') === owner.toLowerCase();
  return isOneself ? '/user/repos?affiliation=owner' : `/users/${owner}/repos`;
}

function textAt(answer: RestAnswer, key: string): string {
  const value = answer.kind === 'data' ? record(answer.data)?.[key] : undefined;
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function withWayOut(answer: RestAnswer, owner: string): RestAnswer {
  if (answer.kind !== 'fault' || answer.fault.kind !== 'missing') return answer;
  const message = `GitHub knows no organisation and no user ${owner}: check baseurl and repos, and what the token may see`;
  return { kind: 'fault', fault: { kind: 'missing', message } };
}
