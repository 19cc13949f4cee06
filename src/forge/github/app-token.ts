import { createPrivateKey } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import type { Config, CredentialSetting } from '../../domain/config.ts';
import { UserError } from '../../user-error.ts';
import type { Asking } from '../credential.ts';
import { readSecretFile } from '../secret-file.ts';
import type { Surroundings } from '../surroundings.ts';
import { createTransport } from '../transport.ts';
import { createMeter } from './meter.ts';
import { metered } from './metered.ts';
import { record } from './read-repository.ts';
import { type Circumstances, printable, toFault } from './to-fault.ts';

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
  { environment, clock, signal, meter = createMeter() }: Surroundings & Asking,
): Promise<InstallationToken> {
  const apiUrl = config.apiUrl ?? '';
  const privateKey = readPrivateKey(app.privateKeyFile);
  const octokit = new Octokit({
    authStrategy: createAppAuth,
    auth: { appId: app.id, privateKey },
    baseUrl: apiUrl,
    userAgent: 'ampci',
    request: {
      fetch: metered(createTransport({ environment }), { meter, clock }),
      ...(signal ? { signal } : {}),
    },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  try {
    const installationId = app.installationId ?? (await findInstallation(octokit, config.owner));
    return readToken(await octokit.auth({ type: 'installation', installationId }));
  } catch (error) {
    throw refusal(error, app, { apiUrl, meter, clock });
  }
}

function readPrivateKey(file: string): string {
  const text = readSecretFile(file, 'app.private_key_file');
  try {
    createPrivateKey(text);
    return text;
  } catch {
    throw new UserError(`app.private_key_file: ${file} is no private key of an App: download it anew`);
  }
}

async function findInstallation({ rest }: Octokit, owner: string): Promise<number> {
  const { data } = await rest.apps.getOrgInstallation({ org: owner }).catch((error: { status?: number }) => {
    if (error.status !== 404) throw error;
    return rest.apps.getUserInstallation({ username: owner });
  });
  return data.id;
}

/** A 200 with HTML is an answer to Octokit, too. */
function readToken(answer: unknown): InstallationToken {
  const { token, expiresAt } = record(answer) ?? {};
  if (typeof token === 'string') return { token, expiresAt: Date.parse(String(expiresAt)) };
  throw Object.assign(new Error('the answer holds no token'), { status: 200 });
}

function refusal(error: unknown, app: AppSetting, circumstances: Circumstances): unknown {
  const { status, message } = error as { status?: number; message?: string };
  const who = `GitHub App ${app.id}`;
  if (status === 404) {
    const id = app.installationId ?? 'of this owner';
    return new UserError(
      `${who} has no installation ${id}: check app.installation_id, and that the App is installed`,
    );
  }
  if (status === 401) {
    return new UserError(
      `${who} is refused (${printable(message ?? '')}): check app.id, app.private_key_file and the clock of this machine`,
    );
  }
  const fault = toFault(error, circumstances);
  if (status === undefined && fault.kind !== 'stopped') return error;
  return new UserError(`${who}: ${fault.message}`, notAsked);
}
