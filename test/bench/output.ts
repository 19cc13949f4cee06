import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openForReading } from '../../src/store/database.ts';
import { startGithub } from './github.ts';
import { settle } from './idle.ts';
import { measure, median } from './measure.ts';
import { medianPeakMb, type Place, readTold, telling } from './place.ts';
import type { Rows } from './row.ts';
import { makeSite, type Site } from './site.ts';

/**
 * A script that prints 1 GB, as a build does whose 1,000 compilers print a megabyte each. No pipe is in it: two
 * processes that wait for each other take as long as the scheduler pleases.
 */
export async function* output(place: Place): Rows {
  if (place.steadyOnly) return;
  await using github = await startGithub();
  await github.call('createRepo', { owner: 'acme', name: 'web', files: { 'README.md': 'web\n' } });
  const line = 'cc -O2 -Wall -o objects/part-of-the-program.o -c sources/part-of-the-program.c'.padEnd(99);
  const megabyte = join(place.folder, 'megabyte');
  writeFileSync(megabyte, `${line}\n`.repeat(10_000));
  const printing = (times: number) =>
    place.script(
      `print-${times}`,
      `i=0\nwhile [ $i -lt ${times} ]; do cat '${megabyte}'; i=$((i + 1)); done`,
    );
  const settings = { baseurl: `${github.url}/acme`, repos: ['web'], max_log_size: '3GB' };
  const little = makeSite(place, { ...settings, scripts: { '*': [printing(1)] } });
  const much = makeSite(place, { ...settings, scripts: { '*': [printing(1000)] } });
  for (const site of [little, much]) await settle(place, site);
  const shellLog = join(much.folder, 'by-hand.log');
  const push = async (name: string) => {
    if (name !== 'shell') await github.call('commit', 'acme/web', 'main');
    for (const site of [little, much]) removeLogs(site);
    rmSync(shellLog, { force: true });
  };
  const shell = {
    argv: ['sh', '-c', `${printing(1000)} > '${shellLog}'`],
    cwd: much.folder,
    env: place.env,
  };
  const steps: number[] = [];
  const shells: number[] = [];
  const ticks: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await push('shell');
    shells.push((await measure(shell, 1)).wallMs);
    await push('tick');
    ticks.push((await measure(place.ampci(much, 'poll'), 1)).wallMs);
    steps.push(lastStepMs(much));
  }
  const to = (values: readonly number[]) =>
    median(values.map((ms, round) => ms / (shells[round] ?? Number.NaN)));
  yield { name: '1 GB of output: sh script > file', value: median(shells), unit: 'ms' };
  yield {
    name: '1 GB of output: the step, until secrets are masked, to that',
    value: to(steps),
    unit: 'x',
    atMost: 1.1,
  };
  yield { name: '1 GB of output: the whole tick, to that', value: to(ticks), unit: 'x' };
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

/** From just before the script's start until its log is complete. */
function lastStepMs({ folder }: Site): number {
  const db = openForReading(folder);
  try {
    const query = 'SELECT finished_at - started_at AS ms FROM steps ORDER BY build_id DESC LIMIT 1';
    const step = db?.prepare(query).get() as { ms: number } | undefined;
    return step?.ms ?? Number.NaN;
  } finally {
    db?.close();
  }
}

function removeLogs({ folder }: Site): void {
  const logs = join(folder, 'logs', 'builds');
  if (!statSync(logs, { throwIfNoEntry: false })) return;
  for (const name of readdirSync(logs)) rmSync(join(logs, name));
}
