/**
 * A stand-in GitHub: the parts of its REST API, GraphQL API and git over HTTP that a CI needs, on loopback, over
 * real bare repositories, with the faults that the real one has.
 *
 *     await using hub = await startStandIn({ token: 'secret' });
 *     const repo = await hub.createRepo({ owner: 'acme', name: 'web', files: { 'README.md': 'hello' } });
 *     const sha = await hub.commit(repo, 'main', { files: { 'src/a.ts': 'a', gone: null }, message: 'Say a' });
 *
 *     `${hub.url}/acme`             amp.yaml's baseurl
 *     `${hub.apiUrl}/orgs/acme/repos?sort=pushed`   REST: <url>/api/v3, as on GitHub Enterprise Server
 *     hub.graphqlUrl                GraphQL: <url>/api/graphql, on GitHub's own schema
 *     repo.cloneUrl                 git, smart HTTP: Basic x-access-token:secret, or nothing for public repositories
 *
 *     hub.requests                  what was asked: kind, method, path, status, conditional, cost (points), bytes
 *     hub.quota('secret')           points used and left, by resource
 *     hub.fault({ kind: 'graphql' }, { do: 'html' }, { times: 1 });   see faults.ts for all of them
 *     hub.fault({ path: '/orgs/acme/repos' }, { do: 'secondary-limit', retryAfterSeconds: 90 }).remove();
 *
 * Repositories are named by what `createRepo` returned or by `owner/name`. Owners are organisations unless
 * `ownerType: 'User'`. Every push moves `pushed_at` by at least a second of the server's own calendar, which starts at
 * 2025-01-01: the same calls give the same SHAs, and no two pushes the same `pushed_at`.
 *
 * As with GitHub: `/users/{user}/repos` lists public repositories only (private ones: `/user/repos`), a token that
 * may not see a repository is told 404, a request without User-Agent is refused, an unknown token is 401 even for
 * public repositories, GraphQL wants a token, and ETags differ by Authorization and Accept header.
 *
 * From another process: `node test/stand-in/main.ts --repos 1000`, see main.ts and control.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApps } from './apps.ts';
import { answerControl } from './control.ts';
import { createHub } from './create-hub.ts';
import { createDispatch } from './dispatch.ts';
import { createFaults } from './faults.ts';
import type { Hub } from './hub.ts';
import type { LoggedRequest } from './log.ts';
import { createQuotas } from './quota.ts';
import { listen } from './server.ts';
import { createTokens } from './tokens.ts';
import { createWorld } from './world.ts';

export type { Fault } from './faults.ts';
export type { Hub, StandInRepo } from './hub.ts';

export interface StandInOptions {
  /** A token that may see and write everything. More with `hub.addToken`. */
  readonly token?: string;
  /** HTTPS with a certificate for 127.0.0.1 and localhost, signed by `hub.caFile`. */
  readonly tls?: boolean;
  /** Serve the API as api.github.com does, at the root; GraphQL at `/graphql`. */
  readonly apiAtRoot?: boolean;
  /** Check REST answers against GitHub's OpenAPI description: the first that differs is 500, and `close` throws. Default: true. */
  readonly validate?: boolean;
  /** Time for quotas and expiry, in ms since 1970. */
  readonly now?: () => number;
  /** Default: any free one. */
  readonly port?: number;
}

export async function startStandIn(options: StandInOptions = {}): Promise<Hub> {
  const { tls = false, apiAtRoot = false, validate = true, now = Date.now, port = 0 } = options;
  const root = mkdtempSync(join(tmpdir(), 'stand-in-'));
  const world = createWorld(root);
  const parts = { world, tokens: createTokens(), apps: createApps(), quotas: createQuotas(), now };
  const faults = createFaults();
  const requests: LoggedRequest[] = [];
  const invalid: string[] = [];
  const urls = { html: '', api: '' };
  const apiPrefix = apiAtRoot ? '' : '/api/v3';
  const graphqlPath = apiAtRoot ? '/graphql' : '/api/graphql';
  const check = validate ? (await import('./schema-check.ts')).checkAnswer : null;
  const api = { ...parts, urls, check, invalid };
  const control = (body: string) => answerControl(hub, body);
  const dispatch = createDispatch({ api, apiPrefix, graphqlPath, faults, requests, control });
  const listening = await listen(dispatch.handle, { tls, port });
  Object.assign(urls, { html: listening.origin, api: listening.origin + apiPrefix });
  const hub = createHub({
    ...parts,
    faults,
    requests,
    urls,
    graphqlUrl: listening.origin + graphqlPath,
    caFile: fileURLToPath(new URL('./tls/test-only-ca.pem', import.meta.url)),
    async close() {
      await listening.close();
      await dispatch.idle();
      rmSync(root, { recursive: true, force: true });
      if (invalid.length > 0) throw new Error(`answers unlike GitHub's:\n${invalid.join('\n')}`);
    },
  });
  if (options.token !== undefined) hub.addToken({ token: options.token });
  return hub;
}
