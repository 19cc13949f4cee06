import { startGithub } from './github.ts';
import { settle } from './idle.ts';
import { measure } from './measure.ts';
import { type Place, readTold, type Told, telling } from './place.ts';
import type { Rows } from './row.ts';
import { makeSite } from './site.ts';

interface Wave extends Told {
  readonly builds: number;
  readonly wallMs: number;
}

/** A push to the bootstrap: every repository is built again, two at a time, with an empty script. */
export async function* wave(place: Place): Rows {
  const [few, many] = place.steadyOnly ? [10, 30] : [20, 200];
  const [small, large] = [await run(place, few), await run(place, many)];
  const what = `a wave of ${many} empty builds, 2 workers`;
  yield {
    name: `${what}: memory kept, to a wave of ${few}`,
    value: large.keptKb / small.keptKb,
    unit: 'x',
    atMost: place.steadyOnly ? 1.6 : 1.1,
  };
  if (place.steadyOnly) return;
  // Node lets garbage grow up to 96 MB before it collects it.
  yield { name: `${what}: peak memory`, value: large.peakMemoryKb / 1024, unit: 'MB', atMost: 256 };
  yield { name: `${what}: pace`, value: (large.builds / large.wallMs) * 1000, unit: 'builds/s' };
  yield {
    name: `${what}: CPU time of ampci itself, of one core`,
    value: (large.cpuMs / large.wallMs) * 100,
    unit: '%',
  };
  yield { name: `${what}: CPU time of ampci itself, each`, value: large.cpuMs / large.builds, unit: 'ms' };
}

/** The second wave counts: it finds the mirrors that the first one made. */
async function run(place: Place, repos: number): Promise<Wave> {
  place.say(`waves of ${repos} builds`);
  await using github = await startGithub({ repos });
  await github.call('createRepo', { owner: 'acme', name: 'amp_bootstrap', files: { settings: 'x\n' } });
  const site = makeSite(place, {
    baseurl: `${github.url}/acme`,
    repos: ['repo-*'],
    bootstrap: 'amp_bootstrap',
    workers: 2,
  });
  await settle(place, site);
  await github.call('commit', 'acme/amp_bootstrap', 'main');
  await measure(place.ampci(site, 'poll'), 1);
  await github.call('commit', 'acme/amp_bootstrap', 'main');
  const { wallMs } = await measure(telling(place.ampci(site, 'poll')), 1);
  const [told] = readTold(place);
  if (!told) throw new Error('the tick did not tell of itself');
  return { builds: repos, wallMs, ...told };
}
