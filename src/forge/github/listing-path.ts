import type { Client, RestAnswer } from './client.ts';
import { askPage, type Listing } from './listing.ts';

interface Found {
  readonly path: string;
  readonly answer: RestAnswer;
}

/**
 * Where an owner's repositories are listed when the path tried first has none (404). Only `/user/repos` shows the
 * private ones of the token's own user. The answer is the last one when none of them fits.
 */
export async function findPath(
  client: Client,
  { owner, path }: Pick<Listing, 'owner' | 'path'>,
): Promise<Found> {
  const organisation = `/orgs/${owner}/repos`;
  if (path !== organisation) {
    const answer = await askPage(client, organisation, { page: 1 });
    if (!(answer.kind === 'fault' && answer.fault.kind === 'missing')) return { path: organisation, answer };
  }
  const person = (await isOneself(client, owner)) ? '/user/repos?affiliation=owner' : `/users/${owner}/repos`;
  const answer = await askPage(client, person, { page: 1 });
  return { path: person, answer: withWayOut(answer, owner) };
}

/** An App's token belongs to no user: 403. */
async function isOneself(client: Client, owner: string): Promise<boolean> {
  const answer = await client.rest('GET /user', {});
  if (answer.kind !== 'data' || typeof answer.data !== 'object' || answer.data === null) return false;
  return 'login' in answer.data && String(answer.data.login).toLowerCase() === owner.toLowerCase();
}

function withWayOut(answer: RestAnswer, owner: string): RestAnswer {
  if (answer.kind !== 'fault' || answer.fault.kind !== 'missing') return answer;
  const message = `GitHub knows no organisation and no user ${owner}: check baseurl and repos, and what the token may see`;
  return { kind: 'fault', fault: { kind: 'missing', message } };
}
