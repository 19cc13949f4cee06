import type { Clock } from '../clock.ts';
import type { Config } from '../domain/config.ts';
import type { ListRemote } from '../domain/listing.ts';
import type { Credential } from './credential.ts';
import type { Environment } from './environment.ts';
import type { Forge } from './forge.ts';

/** What an adapter is made from. */
export interface ForgeSettings {
  readonly config: Config;
  /** null: anonymous. */
  readonly credential: Credential | null;
  readonly listRemote: ListRemote;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** For proxies and certificates. */
  readonly environment: Environment;
}

export type ForgeFactory = (settings: ForgeSettings) => Forge;
