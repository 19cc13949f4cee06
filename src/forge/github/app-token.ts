import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import type { Config, CredentialSetting } from '../../domain/config.ts';
import { UserError } from '../../user-error.ts';
import { readSecretFile } from '../secret-file.ts';
import type { Surroundings } from '../surroundings.ts';
import { createTransport } from '../transport.ts';
import { createMeter } from './meter.ts';
import { record } from './read-repository.ts';
import { toFault } from './to-fault.ts';

export type AppSetting = Extract<CredentialSetting, { kind: 'app' }>;

/** What GitHub gives an App for an hour. */
export interface InstallationToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The exit code of "GitHub could not be asked". */
const notAsked = 3;

/** Asks GitHub for an installation's token. Throws a UserError that says what failed and the way out. */
export async function requestAppToken(
  config: Config,
  app: AppSetting,
  { environment, clock }: Surroundings,
): Promise<InstallationToken> {
  const apiUrl = config.apiUrl ?? '';
  const privateKey = readSecretFile(app.privateKeyFile, 'app.private_key_file');
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const fetch = createTransport({ environment });
  const { request } = new Octokit({ baseUrl: apiUrl, userAgent: 'ampci', request: { fetch }, log });
  const auth = createAppAuth({ appId: app.id, privateKey, request, log });
  try {
    const installationId =
      app.installationId ??
      (await findInstallation(request, config.owner, (await auth({ type: 'app' })).token));
    const { token, expiresAt } = await auth({ type: 'installation', installationId });
    return { token, expiresAt: Date.parse(expiresAt) };
  } catch (error) {
    throw refusal(error, { app, apiUrl, now: clock() });
  }
}

async function findInstallation(request: Octokit['request'], owner: string, jwt: string): Promise<number> {
  const headers = { authorization: `bearer ${jwt}` };
  const ask = async (route: string) => record((await request(route, { headers })).data)?.id;
  const id = await ask(`GET /orgs/${owner}/installation`).catch((error: { status?: number }) => {
    if (error.status !== 404) throw error;
    return ask(`GET /users/${owner}/installation`);
  });
  return Number(id);
}

interface Attempt {
  readonly app: AppSetting;
  readonly apiUrl: string;
  readonly now: number;
}

function refusal(error: unknown, { app, apiUrl, now }: Attempt): UserError {
  const { status, code, message } = error as { status?: number; code?: string; message?: string };
  const who = `GitHub App ${app.id}`;
  if (status === 404) {
    const id = app.installationId ?? 'of this owner';
    return new UserError(
      `${who} has no installation ${id}: check app.installation_id, and that the App is installed`,
    );
  }
  if (status === 401) {
    return new UserError(
      `${who} is refused (${message}): check app.id, app.private_key_file and the clock of this machine`,
    );
  }
  if (status === undefined) {
    return new UserError(
      `app.private_key_file: ${app.privateKeyFile} is no private key of an App (${code ?? message}): download it anew`,
    );
  }
  return new UserError(`${who}: ${toFault(error, { apiUrl, meter: createMeter(), now }).message}`, notAsked);
}
