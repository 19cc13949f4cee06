import { type Github, startGithub } from './github.ts';
import { interleave, measure, median, ratio } from './measure.ts';
import { medianPeakMb, type Place, readTold, telling } from './place.ts';
import type { Row, Rows } from './row.ts';
import { makeSite, type Site } from './site.ts';

const sizes = [10, 100, 1000] as const;

/** What a tick costs that finds nothing to do, with a token: what cron runs 525,600 times a year. */
export async function* idle(place: Place): Rows {
  await using sites = await startSites(place);
  for (const { github, site, size } of sites.all) yield* requestsOf(place, { github, site, size });
  yield* loadsOf(place, sites.all[0]?.site);
  if (place.steadyOnly) return;
  const [ten, hundred, thousand] = sites.all.map(({ site }) => place.ampci(site, 'poll'));
  if (!ten || !hundred || !thousand) throw new Error('three sites were expected');
  const samples = await interleave({ node: place.node, ten, hundred, thousand }, { rounds: 15, times: 5 });
  const cpu = (name: keyof typeof samples) => ratio(samples[name], samples.node);
  yield { name: 'idle tick, 10 repositories: CPU, to node -e 0', value: cpu('ten'), unit: 'x', atMost: 3 };
  yield { name: 'idle tick, 100 repositories: CPU', value: cpu('hundred'), unit: 'x', atMost: 3 };
  yield { name: 'idle tick, 1,000 repositories: CPU', value: cpu('thousand'), unit: 'x', atMost: 3 };
  const more = median(samples.thousand.map(({ cpuMs }, round) => cpuMs - (samples.ten[round]?.cpuMs ?? 0)));
  const base = median(samples.node.map(({ cpuMs }) => cpuMs));
  yield { name: 'idle tick: 1,000 repositories against 10', value: more / base, unit: '+x', atMost: 0.3 };
  yield { name: 'node -e 0: CPU', value: base, unit: 'ms' };
  yield {
    name: 'idle tick, 1,000 repositories: from start to end',
    value: median(samples.thousand.map(({ wallMs }) => wallMs)),
    unit: 'ms',
  };
  yield await memoryOf(place, sites.all[2]?.site);
  yield await fullTick(place, sites.all[2]?.site);
}

async function startSites(place: Place) {
  const stack = new AsyncDisposableStack();
  const all = [];
  for (const size of place.steadyOnly ? sizes.slice(0, 2) : sizes) {
    place.say(`a GitHub with ${size} repositories`);
    const github = stack.use(await startGithub({ repos: size }));
    const site = makeSite(place, { baseurl: `${github.url}/acme`, repos: ['repo-*'] });
    await settle(place, site);
    all.push({ size, github, site });
  }
  return { all, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Until nothing is new, and the caches of code and configuration are there. */
export async function settle(place: Place, site: Site): Promise<void> {
  for (let tick = 0; tick < 3; tick += 1) await measure(place.ampci(site, 'poll'), 1);
}

interface Watched {
  readonly github: Github;
  readonly site: Site;
  readonly size: number;
}

async function* requestsOf(place: Place, { github, site, size }: Watched): Rows {
  await github.call('resetCounters');
  const ticks = 3;
  await measure(place.ampci(site, 'poll'), ticks);
  const requests = await github.requests();
  const points = requests.reduce((sum, { cost }) => sum + cost, 0);
  yield {
    name: `idle tick, ${size.toLocaleString('en')} repositories: requests`,
    value: requests.length / ticks,
    unit: 'requests',
    atMost: 1,
  };
  yield {
    name: `idle tick, ${size.toLocaleString('en')} repositories: quota`,
    value: points,
    unit: 'points',
    atMost: 0,
  };
}

/** Each would take 1 to 20 ms of CPU, and an idle tick over plain HTTP needs none. */
const heavy = [
  'internal/deps/undici/undici',
  'child_process',
  'crypto',
  'fs/promises',
  'internal/readline/interface',
];

async function* loadsOf(place: Place, site: Site = failed()): Rows {
  await measure(telling(place.ampci(site, 'poll')), 1);
  const [told] = readTold(place);
  const { files = Number.NaN, ofNode = [] } = told?.loaded ?? {};
  yield { name: 'idle tick: files loaded', value: files, unit: 'files', atMost: 6 };
  const needless = ofNode.filter((name) => heavy.includes(name)).length;
  yield { name: 'idle tick: heavy modules of Node loaded', value: needless, unit: 'modules', atMost: 0 };
}

async function memoryOf(place: Place, site: Site = failed()): Promise<Row> {
  const peaks = { node: [] as number[], tick: [] as number[] };
  for (let round = 0; round < 7; round += 1) {
    await measure(telling(place.node), 1);
    peaks.node.push(medianPeakMb(readTold(place)));
    await measure(telling(place.ampci(site, 'poll')), 1);
    peaks.tick.push(medianPeakMb(readTold(place)));
  }
  const value = median(peaks.tick.map((peak, round) => peak / (peaks.node[round] ?? Number.NaN)));
  return { name: 'idle tick, 1,000 repositories: peak memory', value, unit: 'x', atMost: 1.6 };
}

async function fullTick(place: Place, site: Site = failed()): Promise<Row> {
  const commands = { node: place.node, full: place.ampci(site, 'poll', '--full') };
  const samples = await interleave(commands, { rounds: 5 });
  const value = ratio(samples.full, samples.node);
  return { name: 'tick that asks for all 1,000 heads (every 10 min): CPU', value, unit: 'x' };
}

function failed(): never {
  throw new Error('there is no such site');
}
