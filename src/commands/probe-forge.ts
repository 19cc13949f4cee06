import type { Clock } from '../clock.ts';
import type { Config } from '../domain/config.ts';
import { bootstrapOf, entryFor, repoUrl } from '../domain/match.ts';
import type { ForgeFacts, TokenFacts } from '../domain/site-facts.ts';
import { type Credential, credentialFor } from '../forge/credential.ts';
import type { KnownState, Limit, Observation, WantedRepo } from '../forge/forge.ts';
import type { Inspection } from '../forge/github/inspect.ts';
import { openForge } from '../forge/registry.ts';
import { createTransport } from '../forge/transport.ts';
import { openGitCommands } from '../git/command.ts';
import { listRemote } from '../git/ls-remote.ts';
import { UserError } from '../user-error.ts';

export interface ForgeProbe {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The whole look may take as long as a poll's. */
const deadlineMs = 45_000;

/** Asks the forge for the token's rights and, as a full poll would, for the heads of every repository. */
export async function probeForge(probe: ForgeProbe): Promise<ForgeFacts> {
  const { config } = probe;
  const source = tokenSource(probe);
  try {
    const credential = credentialFor(probe);
    const inspection = await inspectToken(probe, credential);
    const trouble = inspection?.message ?? null;
    if (trouble !== null) return { ...unasked(probe), unreachable: trouble };
    const observation = await observeAll(probe, credential);
    return {
      asked: inspection === null ? `${addressOf(config)}, by git` : (config.apiUrl ?? config.server),
      token: tokenFacts(config, inspection, source),
      quota: quotaOf(inspection?.limits ?? []),
      clockAheadMs: inspection?.clockAheadMs ?? null,
      ...repoFacts(observation),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...unasked(probe), token: { kind: 'refused', source, message: error.message } };
  }
}

function unasked({ config }: ForgeProbe): ForgeFacts {
  const nothing = { unreachable: null, token: null, quota: null, clockAheadMs: null };
  return { asked: addressOf(config), ...nothing, readableRepos: 0, repoTroubles: [] };
}

/** `baseurl`, without what is secret or superfluous in it. */
function addressOf(config: Config): string {
  return repoUrl(config, { owner: config.owner, name: '' }).replace(/\/$/, '');
}

function tokenSource({ config, environment }: ForgeProbe): string {
  const variable = ['GITHUB_TOKEN', 'GH_TOKEN'].find((name) => environment[name]?.trim());
  const { credential } = config;
  if (variable !== undefined) return variable;
  if (credential.kind === 'token_file') return `token_file ${credential.path}`;
  return credential.kind === 'app' ? `App ${credential.id}` : 'environment';
}

async function inspectToken(probe: ForgeProbe, credential: Credential | null): Promise<Inspection | null> {
  const { config, environment, clock, signal } = probe;
  if (config.forge !== 'github' || config.apiUrl === null || credential === null) return null;
  const { inspect } = await import('../forge/github/inspect.ts');
  const transport = createTransport({ environment });
  return await inspect({ apiUrl: config.apiUrl, credential, transport, clock }, signal);
}

function tokenFacts(config: Config, inspection: Inspection | null, source: string): TokenFacts | null {
  if (inspection === null) return config.forge === 'github' ? { kind: 'none' } : null;
  const { login, scopes, expiresAt } = inspection;
  return { kind: 'accepted', source, login, scopes, expiresAt };
}

function quotaOf(limits: readonly Limit[]): ForgeFacts['quota'] {
  const core = limits.find(({ resource }) => resource === 'core');
  if (!core || core.limit === null || core.remaining === null) return null;
  return { limit: core.limit, remaining: core.remaining, resetAt: core.resetAt };
}

/** `check` is asked what is so now, whatever earlier polls know. */
const nothingKnown: KnownState = { response: () => null, repos: () => [], limits: [] };

async function observeAll(probe: ForgeProbe, credential: Credential | null): Promise<Observation> {
  const { config, environment, clock, signal } = probe;
  const token = credential && ((asked: AbortSignal) => credential.token({ signal: asked }));
  const run = openGitCommands({ environment, server: config.server, token });
  const forge = openForge({
    config,
    credential,
    environment,
    clock,
    listRemote: (url, patience) => listRemote(run, url, patience),
  });
  const request = {
    wanted: wantedRepos(config),
    full: true,
    known: nothingKnown,
    now: clock(),
    deadlineMs,
    signal,
  };
  return await forge.observe(request);
}

function wantedRepos(config: Config): readonly WantedRepo[] {
  const bootstrap = bootstrapOf(config);
  const isExtra = bootstrap !== null && entryFor(config, bootstrap) === null;
  return isExtra ? [...config.repos, { ...bootstrap, glob: false }] : config.repos;
}

function repoFacts(
  observation: Observation,
): Pick<ForgeFacts, 'unreachable' | 'readableRepos' | 'repoTroubles'> {
  if (observation.outcome === 'failed' || observation.outcome === 'limited')
    return { unreachable: observation.message, readableRepos: 0, repoTroubles: [] };
  if (observation.outcome === 'unchanged') return { unreachable: null, readableRepos: 0, repoTroubles: [] };
  const repoTroubles = observation.troubles.map(({ kind, message }) => ({
    message,
    isHarmless: kind === 'empty' || kind === 'archived',
  }));
  return { unreachable: null, readableRepos: observation.repos.length, repoTroubles };
}
