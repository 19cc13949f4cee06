import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startProxy } from './proxy.ts';
import { startStandIn } from './stand-in.ts';

it.each([
  ['TLS by CONNECT', true, /^CONNECT 127\.0\.0\.1:\d+$/],
  ['plain HTTP by whole addresses', false, /^GET http:\/\/127\.0\.0\.1:\d+\/acme\/web\.git/],
])('passes %s on', async (_, tls, logged) => {
  await using proxy = await startProxy();
  await using hub = await startStandIn({ tls });
  const repo = await hub.createRepo({ owner: 'acme', name: 'web', files: { a: 'a' } });
  const env = {
    ...process.env,
    GIT_SSL_CAINFO: hub.caFile,
    http_proxy: proxy.url,
    https_proxy: proxy.url,
    no_proxy: '',
  };
  const { stdout } = await promisify(execFile)('git', ['ls-remote', repo.cloneUrl], { env });
  expect(stdout).toContain(repo.head());
  expect(proxy.requests[0]).toMatch(logged);
});
