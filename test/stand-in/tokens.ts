import type { Repo, World } from './world.ts';
import { fullName } from './world.ts';

export interface NewToken {
  readonly token: string;
  /** `owner/name` of the repositories it may see besides the public ones. Default: all. */
  readonly repos?: readonly string[] | undefined;
  /** Only repositories of this owner. */
  readonly owner?: string;
  /** Classic scopes. Default `['repo']`; without `repo` or `repo:status` it may not write statuses, without `repo` not push. */
  readonly scopes?: readonly string[];
  /** Milliseconds since 1970. */
  readonly expires?: number | undefined;
  /** Whose it is (default `octocat`). */
  readonly user?: string;
  /** Its owner has yet to sign on: listings leave private repositories out, asking for one is refused. */
  readonly sso?: boolean;
  /** An App's installation token belongs to this installation. */
  readonly installation?: number;
}

/** Who asks. */
export type Identity =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'app'; readonly appId: number }
  | { readonly kind: 'token'; readonly token: NewToken };

export const anonymous: Identity = { kind: 'anonymous' };

/** `sso`: it would, if its owner signed on. */
export function accessTo(identity: Identity, repo: Repo): 'yes' | 'no' | 'sso' {
  if (!repo.private) return 'yes';
  if (identity.kind !== 'token' || !grants(identity.token, repo)) return 'no';
  return identity.token.sso ? 'sso' : 'yes';
}

export const canSee = (identity: Identity, repo: Repo): boolean => accessTo(identity, repo) === 'yes';

function grants(token: NewToken, repo: Repo): boolean {
  if (token.owner !== undefined && token.owner.toLowerCase() !== repo.owner.login.toLowerCase()) return false;
  const name = fullName(repo).toLowerCase();
  return token.repos?.some((granted) => granted.toLowerCase() === name) ?? true;
}

export function canWrite(identity: Identity, repo: Repo, scope: 'repo' | 'repo:status'): boolean {
  if (identity.kind !== 'token' || identity.token.sso || !grants(identity.token, repo)) return false;
  const { scopes = ['repo'] } = identity.token;
  return scopes.includes('repo') || scopes.includes(scope);
}

/** What the token was given by name or owner, rather than what is public. */
export const givenRepos = (world: World, token: NewToken): Repo[] =>
  [...world.repos.values()].filter((repo) => grants(token, repo));

export const visibleRepos = (world: World, identity: Identity): Repo[] =>
  [...world.repos.values()].filter((repo) => canSee(identity, repo));

export interface Tokens {
  add(token: NewToken): void;
  remove(token: string): void;
  /** null: unknown or expired. */
  find(token: string, now: number): NewToken | null;
}

export function createTokens(): Tokens {
  const known = new Map<string, NewToken>();
  return {
    add: (token) => void known.set(token.token, token),
    remove: (token) => void known.delete(token),
    find(token, now) {
      const found = known.get(token);
      return found && (found.expires === undefined || found.expires > now) ? found : null;
    },
  };
}

/** The secret of an Authorization header: `Bearer`, `token`, or Basic with the token as password (git) or user name. */
export function secretOf(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  const [scheme = '', value = ''] = authorization.trim().split(/\s+/, 2);
  if (/^(bearer|token)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return null;
  const [user = '', ...password] = Buffer.from(value, 'base64').toString().split(':');
  const secret = password.join(':');
  return secret === '' || secret === 'x-oauth-basic' ? user : secret;
}
