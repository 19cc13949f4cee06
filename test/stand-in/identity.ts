import type { Apps } from './apps.ts';
import { isoTime } from './commits.ts';
import { anonymous, type Identity, type Tokens } from './tokens.ts';

export interface Known {
  readonly tokens: Tokens;
  readonly apps: Apps;
  readonly now: () => number;
}

/** Who the secret belongs to; null: nobody (any more). */
export function identify(secret: string | null, { tokens, apps, now }: Known): Identity | null {
  if (secret === null) return anonymous;
  const token = tokens.find(secret, now());
  if (token) return { kind: 'token', token };
  if (secret.split('.').length !== 3) return null;
  const appId = apps.verify(secret, now());
  return typeof appId === 'number' ? { kind: 'app', appId } : null;
}

/** An installation's tokens share its quota. */
export function quotaOwner(identity: Identity): string {
  if (identity.kind === 'anonymous') return 'anonymous';
  if (identity.kind === 'app') return `app ${identity.appId}`;
  const { installation, token } = identity.token;
  return installation === undefined ? token : `installation ${installation}`;
}

/** What an answer says of the token. */
export function identityHeaders(identity: Identity): Record<string, string> {
  if (identity.kind !== 'token') return {};
  const { scopes = ['repo'], expires, installation } = identity.token;
  return {
    ...(installation === undefined
      ? { 'x-oauth-scopes': scopes.join(', '), 'x-accepted-oauth-scopes': '' }
      : {}),
    ...(expires === undefined
      ? {}
      : {
          'github-authentication-token-expiration': isoTime(expires).replace('T', ' ').replace('Z', ' UTC'),
        }),
  };
}
