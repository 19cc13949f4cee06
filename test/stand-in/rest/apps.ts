import { type Answer, json, notFound, problem, Refusal } from '../answer.ts';
import { type Installation, type NewApp, newInstallationToken } from '../apps.ts';
import { isoTime } from '../commits.ts';
import type { Tokens } from '../tokens.ts';
import { type Account, addAccount } from '../world.ts';
import { simpleUser } from './account-shapes.ts';
import type { Call } from './call.ts';
import { listing } from './paging.ts';

const permissions = { contents: 'read', metadata: 'read', statuses: 'write' } as const;

function signedApp({ identity, apps }: Call): NewApp {
  const app = identity.kind === 'app' ? apps.get(identity.appId) : undefined;
  if (!app) throw new Refusal(problem(401, 'A JSON web token could not be decoded'));
  return app;
}

function shape({ world, urls }: Call, app: NewApp, installation: Installation) {
  const account: Account = addAccount(world, installation.owner);
  const url = `${urls.api}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    app_id: app.id,
    app_slug: `app-${app.id}`,
    target_id: account.id,
    target_type: account.type,
    account: simpleUser(account, urls),
    repository_selection: installation.repos ? 'selected' : 'all',
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${urls.api}/installation/repositories`,
    html_url: `${urls.html}/organizations/${account.login}/settings/installations/${installation.id}`,
    permissions,
    events: [],
    single_file_name: null,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    suspended_by: null,
    suspended_at: null,
  };
}

export const installations = (call: Call): Answer => {
  const app = signedApp(call);
  return listing(call, app.installations, {
    path: '/app/installations',
    shape: (installation) => shape(call, app, installation),
  });
};

function installationWhere(call: Call, wanted: (installation: Installation) => boolean): Answer {
  const app = signedApp(call);
  const found = app.installations.find(wanted);
  if (!found) throw notFound();
  return json(shape(call, app, found));
}

const sameName = (a: string, b: string | undefined): boolean => a.toLowerCase() === b?.toLowerCase();

export const installationById = (call: Call): Answer =>
  installationWhere(call, ({ id }) => id === Number(call.params.installation_id));

export const installationOfOwner = (call: Call): Answer =>
  installationWhere(call, ({ owner }) => sameName(owner, call.params.org ?? call.params.username));

export const installationOfRepo = (call: Call): Answer =>
  installationWhere(call, ({ owner }) => sameName(owner, call.params.owner));

/** Makes the handler that hands out installation tokens. */
export const accessTokens =
  (tokens: Tokens) =>
  (call: Call): Answer => {
    const app = signedApp(call);
    const id = Number(call.params.installation_id);
    const installation = app.installations.find((one) => one.id === id);
    if (!installation) throw notFound();
    const expires = call.now + (app.tokenLifeMs ?? 3_600_000);
    const token = newInstallationToken();
    const { owner, repos } = installation;
    tokens.add({ token, expires, owner, repos, installation: id, user: `app-${app.id}[bot]` });
    return json(
      {
        token,
        expires_at: isoTime(expires),
        permissions,
        repository_selection: installation.repos ? 'selected' : 'all',
      },
      201,
    );
  };
