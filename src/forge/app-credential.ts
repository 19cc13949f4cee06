import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../domain/config.ts';
import { replaceFile } from '../replace-file.ts';
import type { Credential } from './credential.ts';
import type { AppSetting, InstallationToken } from './github/app-token.ts';
import type { Surroundings } from './surroundings.ts';

interface CachedToken extends InstallationToken {
  readonly fingerprint: string;
}

/** A token that ends within this time is renewed first: a look and its fetches have to be done with it. */
const marginMs = 5 * 60_000;

/**
 * A GitHub App's installation. Its token is kept in the datadir between ticks, readable by its owner alone; answers
 * are keyed by the installation, since its rights stay when its token changes.
 */
export function appCredential(
  config: Config,
  app: AppSetting,
  { keepsToken, ...surroundings }: Surroundings & { readonly keepsToken: boolean },
): Credential {
  const fingerprint = `app-${app.id}-${app.installationId ?? config.owner.toLowerCase()}-${config.apiUrl}`;
  const file = join(config.datadir, 'app-token.json');
  let current = readToken(file, fingerprint);
  const known = new Set(current ? [current.token] : []);
  return {
    fingerprint,
    known: () => [...known],
    wayOut:
      "the App's token was revoked, or the App was suspended or uninstalled; the next poll asks for a new one",
    async token(asking = {}) {
      if (current === null || current.expiresAt - marginMs <= surroundings.clock()) {
        const { requestAppToken } = await import('./github/app-token.ts');
        current = await requestAppToken(config, app, { ...surroundings, ...asking });
        known.add(current.token);
        if (keepsToken) writeToken(file, { ...current, fingerprint });
      }
      return current.token;
    },
    drop() {
      // Another process may have a new one by now.
      if (keepsToken && readToken(file, fingerprint)?.token === current?.token) removeToken(file);
      current = null;
    },
  };
}

/** null: there is none, it is another installation's, or the file is torn. */
function readToken(file: string, fingerprint: string): InstallationToken | null {
  try {
    const cached = JSON.parse(readFileSync(file, 'utf8')) as CachedToken;
    const isUsable = typeof cached.token === 'string' && typeof cached.expiresAt === 'number';
    return isUsable && cached.fingerprint === fingerprint ? cached : null;
  } catch {
    return null;
  }
}

function removeToken(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A read-only disk is told where it matters.
  }
}

/** Best effort: without the file each tick asks for a token of its own. */
function writeToken(file: string, cached: CachedToken): void {
  try {
    replaceFile(file, JSON.stringify(cached), { mode: 0o600 });
  } catch {
    // A full or read-only disk is told where it matters.
  }
}
