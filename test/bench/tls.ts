import { startGithub } from './github.ts';
import { settle } from './idle.ts';
import { interleave, ratio } from './measure.ts';
import type { Place } from './place.ts';
import type { Rows } from './row.ts';
import { makeSite } from './site.ts';

/** The idle tick over HTTPS. The certificate is checked, as GitHub's is; its authority has to be named somehow. */
export async function* tls(plain: Place): Rows {
  if (plain.steadyOnly) return;
  await using github = await startGithub({ repos: 100, tls: true });
  const place = { ...plain, ampci: trusting(plain, github.caFile) };
  const site = makeSite(place, { baseurl: `${github.url}/acme`, repos: ['repo-*'] });
  await settle(place, site);
  const commands = { node: place.node, tick: place.ampci(site, 'poll') };
  const samples = await interleave(commands, { rounds: 15, times: 5 });
  yield {
    name: 'idle tick over TLS, 100 repositories: CPU',
    value: ratio(samples.tick, samples.node),
    unit: 'x',
    atMost: 3.6,
  };
}

function trusting(place: Place, caFile: string): Place['ampci'] {
  return (site, ...args) => {
    const command = place.ampci(site, ...args);
    return { ...command, env: { ...command.env, NODE_EXTRA_CA_CERTS: caFile } };
  };
}
