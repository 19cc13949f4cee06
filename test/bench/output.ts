import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startGithub } from './github.ts';
import { settle } from './idle.ts';
import { interleave, measure, median, ratio } from './measure.ts';
import { medianPeakMb, type Place, readTold, telling } from './place.ts';
import type { Rows } from './row.ts';
import { makeSite, type Site } from './site.ts';

/** A script that prints 1 GB, as compilers do: in lines. */
export async function* output(place: Place): Rows {
  if (place.steadyOnly) return;
  await using github = await startGithub();
  await github.call('createRepo', { owner: 'acme', name: 'web', files: { 'README.md': 'web\n' } });
  const line = 'cc -O2 -Wall -o objects/part-of-the-program.o -c sources/part-of-the-program.c'.padEnd(99);
  const printing = (megabytes: number) =>
    place.script(`print-${megabytes}`, `yes '${line}' | head -c ${megabytes * 1_000_000}`);
  const settings = { baseurl: `${github.url}/acme`, repos: ['web'], max_log_size: '3GB' };
  const little = makeSite(place, { ...settings, scripts: { '*': [printing(1)] } });
  const much = makeSite(place, { ...settings, scripts: { '*': [printing(1000)] } });
  for (const site of [little, much]) await settle(place, site);
  const push = async (name: string) => {
    if (name !== 'shell') await github.call('commit', 'acme/web', 'main');
    for (const site of [little, much]) removeLogs(site);
  };
  const shell = {
    argv: ['sh', '-c', `${printing(1000)} > by-hand.log`],
    cwd: much.folder,
    env: place.env,
  };
  const samples = await interleave({ shell, tick: place.ampci(much, 'poll') }, { rounds: 5, before: push });
  const value = ratio(samples.tick, samples.shell, 'wallMs');
  yield {
    name: '1 GB of output: sh script > file',
    value: median(samples.shell.map(({ wallMs }) => wallMs)),
    unit: 'ms',
  };
  yield {
    name: '1 GB of output: time of the whole tick, to sh script > file',
    value,
    unit: 'x',
    atMost: 1.1,
  };
  const peaks = [];
  for (const site of [little, much]) {
    await push('tick');
    await measure(telling(place.ampci(site, 'poll')), 1);
    peaks.push(medianPeakMb(readTold(place)));
  }
  const [small = 0, large = 0] = peaks;
  yield {
    name: '1 GB of output: peak memory, to 1 MB of output',
    value: large / small,
    unit: 'x',
    atMost: 1.2,
  };
}

function removeLogs({ folder }: Site): void {
  const logs = join(folder, 'logs', 'builds');
  if (!statSync(logs, { throwIfNoEntry: false })) return;
  for (const name of readdirSync(logs)) rmSync(join(logs, name));
}
