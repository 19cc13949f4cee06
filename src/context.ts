import { realpathSync } from 'node:fs';
import type { Clock } from './clock.ts';
import type { Config } from './domain/config.ts';
import { growingForms, maskText } from './domain/secret-forms.ts';
import type { Executor } from './executor/executor.ts';
import { executors } from './executor/registry.ts';
import type { Credential } from './forge/credential.ts';
import { credentialFor } from './forge/credential.ts';
import type { Forge } from './forge/forge.ts';
import type { Git } from './git/git.ts';
import type { Log } from './log.ts';
import { ownIdentity, type ProcessIdentity } from './process/identity.ts';
import { type Db, openForReading, openForWriting, openInMemory } from './store/database.ts';
import { lock, tryLock } from './store/lock.ts';
import { readMeta } from './store/meta.ts';
import { moveIn } from './store/tenant.ts';

/** What the stories need from the world. What an idle tick does not use is made when it is first asked for. */
export interface Context {
  readonly config: Config;
  /** Whether amp.yaml was changed since it was read: what is decided now is left to those that know the change. */
  isOutdated(): boolean;
  readonly db: Db;
  /** Names this datadir among others, in workspaces and marks. */
  readonly datadirId: string;
  readonly clock: Clock;
  /** Aborts on SIGTERM, SIGINT and SIGHUP. */
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** This process, as builds are marked with it. */
  owner(): ProcessIdentity;
  forge(): Promise<Forge>;
  git(): Promise<Git>;
  log(): Promise<Log>;
  executor(): Executor;
  /** What authenticates ampci, which no script may get. */
  tokens(): Promise<readonly string[]>;
  /** Every form of what no log may show, as of each call: a token may be renewed meanwhile. */
  secretForms(): Promise<() => readonly string[]>;
  /** Says something to the operator: a line or more on stderr, written when it returns. False where it could not be. */
  tell(text: string): boolean;
  /** False when a signal came before the time (ms) was over. */
  pause(ms: number): Promise<boolean>;
  close(): void;
}

/** A dry run only reads; before the first poll it finds an empty database. */
export type Access = 'reading' | 'writing';

export interface World
  extends Pick<Context, 'config' | 'isOutdated' | 'clock' | 'signal' | 'environment' | 'tell' | 'pause'> {
  readonly access: Access;
  /** Name of the command, for its log lines. */
  readonly command: string;
  /** Says on stderr what the log says. */
  readonly verbose: boolean;
}

/** Opens the datadir. Throws a UserError: the database, the token. */
export function openContext(world: World): Context {
  const { config, isOutdated, clock, signal, environment, tell, pause } = world;
  const db = openDatabase(world);
  const isWriting = world.access === 'writing';
  const credential = once(() => credentialFor({ config, environment, clock, keepsToken: isWriting }));
  // Not once: what failed may succeed the next time, and tokens are renewed.
  const tokens = async () => {
    const found = credential();
    return found ? [await found.token({ signal })] : [];
  };
  const forms = growingForms(() => [...configuredSecrets(config), ...knownTokens(credential)]);
  const git = once(() => openGitFor(world, credential()));
  return {
    config,
    isOutdated,
    db,
    clock,
    signal,
    environment,
    tell,
    pause,
    tokens,
    git,
    async secretForms() {
      // A token that cannot be had cannot be shown either; why not is told by whoever needs it.
      await tokens().catch(() => {});
      return forms;
    },
    datadirId: readMeta(db, 'datadir_id') ?? '',
    owner: once(ownIdentity),
    executor: () => executors.local,
    forge: once(() => openForgeFor(world, { credential: credential(), git })),
    log: once(() => openLogFor(world, forms)),
    close: () => db.close(),
  };
}

function openDatabase({ config, access }: World): Db {
  if (access === 'reading') return openForReading(config.datadir) ?? openInMemory();
  const db = openForWriting(config.datadir);
  moveIn(db, realpathSync(config.file));
  return db;
}

function configuredSecrets({ env, repos }: Config): string[] {
  const settings = [...env, ...repos.flatMap((repo) => repo.env ?? [])];
  return settings.filter(({ secret }) => secret).map(({ value }) => value);
}

/** One that cannot be used cannot be shown either; why not is told by whoever needs it. */
function knownTokens(credential: () => Credential | null): readonly string[] {
  try {
    return credential()?.known() ?? [];
  } catch {
    return [];
  }
}

async function openGitFor(
  { config, environment, clock }: World,
  credential: Credential | null,
): Promise<Git> {
  const { openGit } = await import('./git/git.ts');
  return openGit({
    datadir: config.datadir,
    environment,
    server: config.server,
    token: credential && ((signal) => credential.token({ signal })),
    lock: (name, patience) => lock(config.datadir, name, patience),
    tryLock: (name) => tryLock(config.datadir, name),
    clock,
  });
}

interface ForgeNeeds {
  readonly credential: Credential | null;
  readonly git: () => Promise<Git>;
}

async function openForgeFor({ config, environment }: World, { credential, git }: ForgeNeeds): Promise<Forge> {
  const { openForge } = await import('./forge/registry.ts');
  return openForge({
    config,
    credential,
    environment,
    listRemote: async (...asked) => (await git()).listRemote(...asked),
  });
}

async function openLogFor(
  { config, clock, command, verbose, tell }: World,
  forms: () => readonly string[],
): Promise<Log> {
  const { openLog } = await import('./log.ts');
  return openLog({
    datadir: config.datadir,
    owner: config.owner,
    command,
    format: config.logFormat,
    mask: (text) => maskText(text, forms()),
    clock,
    echo: verbose ? (line) => tell(line.trimEnd()) : null,
  });
}

/** The first call's value, for all calls. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
