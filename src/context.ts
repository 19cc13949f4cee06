import type { Clock } from './clock.ts';
import type { Config } from './domain/config.ts';
import type { Executor } from './executor/executor.ts';
import type { Forge } from './forge/forge.ts';
import type { Owner } from './store/build-rows.ts';
import type { Db } from './store/database.ts';

/** What the stories need from the world. What an idle tick does not use is made when it is first asked for. */
export interface Context {
  readonly config: Config;
  readonly db: Db;
  readonly clock: Clock;
  /** Aborts on SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  forge(): Promise<Forge>;
  executor(): Promise<Executor>;
  /** This process, as builds are marked with it. */
  owner(): Owner;
  /** Says something to the operator: a line or more on stderr, written when it returns. */
  tell(text: string): void;
}
