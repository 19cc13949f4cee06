import type { Clock } from '../clock.ts';
import type { Environment } from './environment.ts';

/** What making a token needs of the world. */
export interface Surroundings {
  /** For tokens, proxies and certificates. */
  readonly environment: Environment;
  readonly clock: Clock;
}
