import { tryLock } from '../../src/store/lock.ts';
import { startGithub } from './github.ts';
import { settle } from './idle.ts';
import { measure, median } from './measure.ts';
import type { Place } from './place.ts';
import type { Rows } from './row.ts';
import { makeSite } from './site.ts';

/** A push to each of 1,000 repositories between two ticks. Nothing is built: another process holds the only slot. */
export async function* moved(place: Place): Rows {
  await using github = await startGithub({ repos: 1000 });
  const site = makeSite(place, { baseurl: `${github.url}/acme`, repos: ['repo-*'], workers: 1 });
  await settle(place, site);
  using _slot = tryLock(site.folder, 'slot-1');
  const samples = [];
  let asked = { requests: 0, points: 0 };
  for (let round = 0; round < (place.steadyOnly ? 1 : 3); round += 1) {
    place.say('1,000 pushes');
    for (let number = 1; number <= 1000; number += 1) {
      await github.call('commit', `acme/repo-${String(number).padStart(4, '0')}`, 'main');
    }
    await github.call('resetCounters');
    samples.push(await measure(place.ampci(site, 'poll'), 1));
    const requests = await github.requests();
    asked = { requests: requests.length, points: requests.reduce((sum, { cost }) => sum + cost, 0) };
  }
  const what = '1,000 repositories moved';
  yield { name: `${what}: requests`, value: asked.requests, unit: 'requests', atMost: 25 };
  yield { name: `${what}: quota`, value: asked.points, unit: 'points' };
  if (place.steadyOnly) return;
  const cpuMs = median(samples.map((sample) => sample.cpuMs));
  yield { name: `${what}: CPU of the tick that plans and queues 1,000 builds`, value: cpuMs, unit: 'ms' };
  const wallMs = median(samples.map((sample) => sample.wallMs));
  yield { name: `${what}: its time, the stand-in's answers included`, value: wallMs, unit: 'ms' };
}
