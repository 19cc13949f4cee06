import { type Credential, credentialFor } from '../../../src/forge/credential.ts';
import type { Forge, Observation, WantedRepo } from '../../../src/forge/forge.ts';
import { github } from '../../../src/forge/github/github.ts';
import { configWith } from '../../domain/config-fixture.ts';
import type { Hub } from '../../stand-in/stand-in.ts';
import { createMemory, type Memory } from '../memory.ts';

export type Observed = Extract<Observation, { outcome: 'observed' }>;

export interface WatcherOptions {
  readonly token?: string;
  readonly fingerprint?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly apiUrl?: string;
  readonly memory?: Memory;
}

/** Polls a stand-in as ticks do, with a memory between them. */
export interface Watcher {
  readonly forge: Forge;
  readonly memory: Memory;
  /** One look, and what it asked. `later`: ms since the first one. */
  look(wanted: readonly string[], how?: LookOptions): Promise<Observation>;
  /** The same where anything but an observation is a mistake. */
  observe(wanted: readonly string[], how?: LookOptions): Promise<Observed>;
}

export interface LookOptions {
  readonly full?: boolean;
  readonly later?: number;
  /** How long the look takes until its answers come, in ms. */
  readonly lasts?: number;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export const start = Date.UTC(2026, 0, 1);

/** `owner/name`; a name with a star is a glob. */
function wantedRepos(texts: readonly string[]): WantedRepo[] {
  return texts.map((text) => {
    const [owner = '', name = ''] = text.split('/');
    return { owner, name, glob: name.includes('*') };
  });
}

export function watch(hub: Pick<Hub, 'apiUrl'>, options: WatcherOptions = {}): Watcher {
  const { token = 'secret', environment = {}, memory = createMemory(), apiUrl = hub.apiUrl } = options;
  const fingerprint = options.fingerprint ?? `of ${token.length}`;
  const credential = { ...credentialWith(token), fingerprint };
  const listRemote = () => Promise.reject(new Error('git is not asked here'));
  const config = configWith({ apiUrl });
  let clock = start;
  const forge = github({ config, credential, listRemote, environment, clock: () => clock });
  async function look(wanted: readonly string[], how: LookOptions = {}): Promise<Observation> {
    const {
      full = false,
      later = 0,
      lasts = 0,
      deadlineMs = 20_000,
      signal = new AbortController().signal,
    } = how;
    const now = start + later;
    clock = now + lasts;
    const request = { wanted: wantedRepos(wanted), full, now, deadlineMs, signal, known: memory.known };
    const observation = await forge.observe(request);
    memory.save(observation, now);
    return observation;
  }
  async function observe(wanted: readonly string[], how: LookOptions = {}): Promise<Observed> {
    const observation = await look(wanted, how);
    if (observation.outcome === 'observed') return observation;
    throw new Error(`${observation.outcome}: ${'message' in observation ? observation.message : ''}`);
  }
  return { forge, memory, look, observe };
}

export function credentialWith(token: string): Credential {
  const credential = credentialFor({
    config: configWith(),
    environment: { GITHUB_TOKEN: token },
    clock: Date.now,
  });
  if (credential === null) throw new Error('no credential');
  return credential;
}

/** What a look must have found: the heads that the API tells. */
export function headsOf(hub: Hub, ...repos: readonly string[]): Map<string, ReadonlyMap<string, string>> {
  return new Map(repos.map((name) => [name, new Map(hub.repo(name).heads())]));
}
