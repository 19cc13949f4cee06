import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Expected } from '../site/invariants.ts';
import { openSite, type Site } from '../site/site.ts';
import { type Hub, startStandIn } from '../stand-in/stand-in.ts';

/** A site beside a stand-in GitHub with two repositories and the bootstrap, all built once. */
export interface GithubSite extends AsyncDisposable {
  readonly site: Site;
  readonly hub: Hub;
  /** What must have been built by now: the heads of the two. */
  expected(): Expected;
}

export interface GithubSiteOptions {
  readonly hub?: Hub;
  readonly isFirstPolled?: boolean;
  /** Branches of `one` besides main, which are not built. */
  readonly branches?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly script?: string;
  /** Default: one that may see everything. */
  readonly token?: string | null;
}

/** A site whose credential is a GitHub App's: `tokenLifeMs` is how long its tokens last. */
export async function appSite({ tokenLifeMs = 3_600_000 } = {}): Promise<GithubSite> {
  const hub = await startStandIn({ validate: false });
  const key = hub.addApp({ id: 7, tokenLifeMs, installations: [{ id: 70, owner: 'acme' }] });
  const folder = mkdtempSync(join(tmpdir(), 'app-'));
  const file = join(folder, 'key.pem');
  writeFileSync(file, key ?? '', { mode: 0o600 });
  const app = { id: 7, installation_id: 70, private_key_file: file };
  const scene = await githubSite({ hub, token: null, config: { app } });
  return {
    ...scene,
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      await hub.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export async function githubSite(options: GithubSiteOptions = {}): Promise<GithubSite> {
  const { isFirstPolled = true, branches = 0, config = {}, token = 'secret', ...rest } = options;
  const hub = options.hub ?? (await startStandIn({ token: 'secret', validate: false }));
  for (const name of ['amp_bootstrap', 'one', 'two']) {
    await hub.createRepo({ owner: 'acme', name, files: { file: name } });
  }
  const topics = Array.from({ length: branches }, (_, index) => `topic/${index}`);
  if (branches > 0) await hub.createBranches('acme/one', topics);
  const site = openSite({
    ...rest,
    repos: ['one', 'two'],
    forge: { url: hub.url, token },
    config: { first_poll: 'default_branch', ...config },
  });
  if (isFirstPolled) {
    const { exitCode, stderr } = await site.tick();
    if (exitCode !== 0 || stderr !== '') throw new Error(`the first poll: ${exitCode} ${stderr}`);
  }
  return {
    site,
    hub,
    expected: () => ({
      heads: ['one', 'two'].map((repo) => ({
        repo,
        branch: 'main',
        sha: hub.repo(`acme/${repo}`).head() ?? '',
      })),
      bootstrapSha: hub.repo('acme/amp_bootstrap').head() ?? null,
    }),
    async [Symbol.asyncDispose]() {
      site[Symbol.dispose]();
      if (!options.hub) await hub.close();
    },
  };
}
