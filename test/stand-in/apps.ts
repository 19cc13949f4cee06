import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';

export interface NewApp {
  readonly id: number;
  /** PEM of the public or private key. Default: a new pair, see the answer. */
  readonly key?: string;
  readonly installations: readonly Installation[];
  /** How long installation tokens last; GitHub: an hour. */
  readonly tokenLifeMs?: number;
}

export interface Installation {
  readonly id: number;
  readonly owner: string;
  /** `owner/name` of the repositories it was given. Default: all of the owner's. */
  readonly repos?: readonly string[];
}

interface KnownApp {
  readonly app: NewApp;
  readonly publicKey: ReturnType<typeof createPublicKey>;
}

export interface Apps {
  /** Returns the PEM to sign with, if it made the pair itself. */
  add(app: NewApp): string | null;
  get(id: number): NewApp | undefined;
  /** The App that signed the token, or the reason why it is refused. */
  verify(jwt: string, now: number): number | string;
}

export function createApps(): Apps {
  const known = new Map<number, KnownApp>();
  return {
    add(app) {
      const pair = app.key === undefined ? newPair() : null;
      known.set(app.id, { app, publicKey: createPublicKey(app.key ?? pair?.publicKey ?? '') });
      return pair?.privateKey ?? null;
    },
    get: (id) => known.get(id)?.app,
    verify: (jwt, now) => verifyJwt(jwt, now / 1000, known),
  };
}

const newPair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

/** GitHub's rules: RS256, `iat` not ahead, `exp` at most ten minutes ahead, `iss` the App's id. Its sentences, too. */
function verifyJwt(jwt: string, nowSeconds: number, known: ReadonlyMap<number, KnownApp>): number | string {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  const claims = decode(payload);
  const app = known.get(Number(claims.iss));
  if (decode(header).alg !== 'RS256' || !app) return 'A JSON web token could not be decoded';
  if (
    !verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${payload}`),
      app.publicKey,
      Buffer.from(signature, 'base64url'),
    )
  )
    return 'A JSON web token could not be decoded';
  if (!(Number(claims.iat) <= nowSeconds + 60))
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  if (!(Number(claims.exp) > nowSeconds))
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  if (!(Number(claims.exp) <= nowSeconds + 660))
    return "'Expiration time' claim ('exp') is too far in the future";
  return app.app.id;
}

function decode(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export const newInstallationToken = (): string =>
  `ghs_${createHash('sha256').update(randomBytes(16)).digest('hex').slice(0, 36)}`;
