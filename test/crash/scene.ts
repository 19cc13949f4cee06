import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran } from '../site/program.ts';
import { openSite, type Site } from '../site/site.ts';
import { type Hub, startStandIn } from '../stand-in/stand-in.ts';
import type { Scenario } from './scenarios.ts';

/** A scenario, ready for its command. */
export interface Scene extends AsyncDisposable {
  readonly site: Site;
  readonly hub: Hub;
  /** Cuts off, or traces, the command of the scenario. */
  act(env: Readonly<Record<string, string>>): Promise<Ran>;
  /** Goes on until nothing is left to do. */
  settle(): Promise<readonly Ran[]>;
  violations(): Promise<readonly string[]>;
}

/** One worker, so that each run passes the same places in the same order. */
export async function openScene({ github, options, ...scenario }: Scenario): Promise<Scene> {
  const hub = github ? await startStandIn({ token: 'secret', validate: false }) : noHub;
  const forge = github ? { forge: { url: hub.url, token: github === 'token' ? 'secret' : null } } : {};
  const site = openSite({ ...options, ...forge, config: { workers: 1, ...options?.config } });
  await scenario.prepare(site, hub);
  const { command = ['poll'], laterMs = 0 } = scenario;
  return {
    site,
    hub,
    act: (env) => site.ampci(command, { laterMs, env }),
    async settle() {
      await scenario.mend?.(site);
      return site.settle({ laterMs });
    },
    violations: () => site.violations(scenario.expected?.(site, hub)),
    async [Symbol.asyncDispose]() {
      site[Symbol.dispose]();
      if (github) await hub.close();
    },
  };
}

/** Where nobody asks for it. */
const noHub = {} as Hub;

/** What is there when all is done, and must be the same whatever crashed on the way. */
export interface FinalState {
  readonly stored: unknown;
  /** How often each (repo, branch, SHA, bootstrap SHA) came to its end, by the scripts' own word. */
  readonly ran: ReadonlyMap<string, number>;
}

export function finalState(site: Site): FinalState {
  const ran = new Map<string, number>();
  for (const { repo, branch, sha, bootstrapSha } of site.ledger()) {
    const key = `${repo} ${branch} ${sha} ${bootstrapSha}`;
    ran.set(key, (ran.get(key) ?? 0) + 1);
  }
  return {
    ran,
    stored: [
      site.read(
        `SELECT r.name, h.branch, h.sha, h.missed, h.gone_at IS NULL AS there, h.built_sha, h.built_bootstrap_sha, h.failing,
           s.sha AS success, s.bootstrap_sha, b.state, b.sha AS latest, b.step, b.exit_code
         FROM heads h JOIN repos r ON r.id = h.repo_id
           LEFT JOIN builds s ON s.id = h.latest_success LEFT JOIN builds b ON b.id = h.latest_build
         ORDER BY r.name, h.branch`,
      ),
      site.read('SELECT name, initialised, watched, broken_since FROM repos ORDER BY name'),
      site.read("SELECT value FROM meta WHERE key = 'bootstrap_sha'"),
      site.read('SELECT key FROM notices'),
      readdirSync(join(site.datadir, 'mirrors')).sort(),
    ],
  };
}
