import { type Answer, notFound, problem, Refusal } from './answer.ts';
import * as accounts from './rest/accounts.ts';
import * as apps from './rest/apps.ts';
import { type Call, type RepoCall, type Route, route } from './rest/call.ts';
import * as repositories from './rest/repositories.ts';
import * as service from './rest/service.ts';
import { accessTo, type Tokens } from './tokens.ts';
import { fullName, type Repo } from './world.ts';

type RepoHandler = (call: RepoCall) => Answer | Promise<Answer>;

/** A repository's path is served by its name and, as after a rename, by its id. */
function repoRoutes(method: 'GET' | 'POST', path: string, handle: RepoHandler): Route[] {
  const operation = `${method} /repos/{owner}/{repo}${path}` as const;
  return [
    route(operation, (call) => handle({ ...call, repo: namedRepo(call, method, path) })),
    route(operation, (call) => handle({ ...call, repo: repoById(call) }), {
      path: `/repositories/{id}${path}`,
    }),
  ];
}

export function restRoutes(tokens: Tokens): readonly Route[] {
  return [
    route('GET /orgs/{org}/repos', accounts.orgRepos),
    route('GET /orgs/{org}/repos', accounts.orgReposById, { path: '/organizations/{id}/repos' }),
    route('GET /orgs/{org}/installation', apps.installationOfOwner),
    route('GET /orgs/{org}', accounts.getOrg),
    route('GET /users/{username}/repos', accounts.userRepos),
    route('GET /users/{username}/repos', accounts.userReposById, { path: '/user/{id}/repos' }),
    route('GET /users/{username}/installation', apps.installationOfOwner),
    route('GET /users/{username}', accounts.getUser),
    route('GET /user/repos', accounts.ownRepos),
    route('GET /user', accounts.getOwnUser),
    route('GET /installation/repositories', accounts.installationRepos),
    route('GET /app/installations', apps.installations),
    route('GET /app/installations/{installation_id}', apps.installationById),
    route('POST /app/installations/{installation_id}/access_tokens', apps.accessTokens(tokens)),
    route('GET /rate_limit', service.rateLimit, { keep: false }),
    route('GET /meta', service.meta),
    route('GET /repos/{owner}/{repo}/installation', apps.installationOfRepo),
    ...repoRoutes('GET', '', repositories.getRepo),
    ...repoRoutes('GET', '/branches', repositories.branches),
    ...repoRoutes('GET', '/branches/{branch}', repositories.branch),
    ...repoRoutes('GET', '/git/matching-refs/{ref}', repositories.matchingRefs),
    ...repoRoutes('GET', '/git/ref/{ref}', repositories.ref),
    ...repoRoutes('GET', '/commits/{ref}/statuses', repositories.statuses),
    ...repoRoutes('GET', '/commits/{ref}', repositories.commit),
    ...repoRoutes('POST', '/statuses/{sha}', repositories.createStatus),
  ];
}

function namedRepo(call: Call, method: string, path: string): Repo {
  const { owner = '', repo: name = '' } = call.params;
  const repo = visible(call, call.world.names.get(`${owner}/${name}`.toLowerCase()));
  if (fullName(repo).toLowerCase() === `${owner}/${name}`.toLowerCase()) return repo;
  const filled = path.replace(/\{(\w+)\}/g, (_, key: string) =>
    (call.params[key] ?? '').split('/').map(encodeURIComponent).join('/'),
  );
  const query = call.query.size > 0 ? `?${call.query}` : '';
  const location = `${call.urls.api}/repositories/${repo.id}${filled}${query}`;
  // GitHub: 301 for what is read, 307 where the body must come along.
  const [status, text] = method === 'GET' ? [301, 'Moved Permanently'] : [307, 'Temporary Redirect'];
  const answer = problem(status, text, { location });
  throw new Refusal({ ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), url: location }) });
}

const repoById = (call: Call): Repo => visible(call, Number(call.params.id));

/** GitHub says 404, not 403, of what a token may not know of. */
function visible(call: Call, id: number | undefined): Repo {
  const repo = id === undefined ? undefined : call.world.repos.get(id);
  if (!repo) throw notFound();
  const access = accessTo(call.identity, repo);
  if (access === 'sso') throw signOn(call, repo);
  if (access === 'no') throw notFound();
  return repo;
}

function signOn({ urls }: Call, repo: Repo): Refusal {
  const url = `${urls.html}/orgs/${repo.owner.login}/sso?authorization_request=A5S`;
  const message =
    'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.';
  return new Refusal(problem(403, message, { 'x-github-sso': `required; url=${url}` }));
}

/** Finds the route and runs its handler; the parts of the path are decoded. */
export async function answerRest(
  routes: readonly Route[],
  request: { readonly method: string; readonly path: string },
  call: Omit<Call, 'params'>,
): Promise<{ readonly answer: Answer; readonly route: Route | null }> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  for (const candidate of routes) {
    const match = candidate.method === method ? candidate.pattern.exec(request.path) : null;
    if (match)
      return {
        answer: await run(candidate, { ...call, params: decoded(match.groups ?? {}) }),
        route: candidate,
      };
  }
  return { answer: notFound().answer, route: null };
}

const decoded = (groups: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, decodeURIComponent(value)]));

async function run(route: Route, call: Call): Promise<Answer> {
  try {
    return await route.handle(call);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
}
