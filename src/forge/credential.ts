import type { Config } from '../domain/config.ts';
import { sha256 } from '../domain/sha256.ts';
import { UserError } from '../user-error.ts';
import { appCredential } from './app-credential.ts';
import type { Meter } from './github/meter.ts';
import { readSecretFile } from './secret-file.ts';
import type { Surroundings } from './surroundings.ts';

/** What authenticates requests and git. Absent: anonymous. */
export interface Credential {
  /**
   * The token itself, as of now (an App's installation token is renewed when it is about to end). Secret. Throws a
   * UserError when there is none to be had.
   */
  token(asking?: Asking): Promise<string>;
  /** Every token that it has been in this process. Secret. */
  known(): readonly string[];
  /** What stored answers are keyed by: changes with the rights, never holds the secret. */
  readonly fingerprint: string;
  /** It was refused (401): another one is asked for next time, where that can be done. */
  drop(): void;
  /** What is to be done when it was refused: the rest of a sentence. */
  readonly wayOut: string;
}

/** How GitHub is asked for an App's token. */
export interface Asking {
  readonly signal?: AbortSignal;
  /** Counts what that costs and keeps the limits that it meets. */
  readonly meter?: Meter;
}

export interface CredentialSource extends Surroundings {
  readonly config: Config;
  /** False: a token that GitHub gives an App is not kept for later ticks, since nothing may be written. */
  readonly keepsToken?: boolean;
}

/**
 * The credential that the environment (GITHUB_TOKEN, GH_TOKEN) or else amp.yaml names; null: none, everything is
 * asked anonymously. Throws a UserError when there is one that cannot be used.
 */
export function credentialFor(source: CredentialSource): Credential | null {
  const { config, environment, clock, keepsToken = true } = source;
  const variable = ['GITHUB_TOKEN', 'GH_TOKEN'].find((name) => environment[name]?.trim());
  if (variable !== undefined) return tokenCredential(environment[variable] ?? '', variable);
  const { credential } = config;
  if (credential.kind === 'environment') return null;
  if (credential.kind === 'app') return appCredential(config, credential, { environment, clock, keepsToken });
  return tokenCredential(readSecretFile(credential.path, 'token_file'), 'token_file');
}

function tokenCredential(text: string, source: string): Credential {
  const token = text.trim();
  // It goes into a header: a second line would be another one.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UserError(
      `${source} is no token: it has spaces, line breaks or other characters that no token has`,
    );
  }
  return {
    token: async () => token,
    known: () => [token],
    fingerprint: sha256(token).slice(0, 16),
    drop() {},
    wayOut: `the token is wrong, expired or revoked; make a new one and put it where the old one is (${source})`,
  };
}
