/**
 * Lets everything happen at once for some minutes, and tells what was found:
 *
 *     npm run soak -- --minutes 30 [--seed 42] [--keep FOLDER]
 *
 * Exit 1 if anything did not hold that must; what is left of the site goes to FOLDER then.
 */
import { parseArgs } from 'node:util';
import buildBundle from '../build-bundle.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    keep: { type: 'string' },
  },
});

const log = (line: string) => process.stdout.write(`${line}\n`);

buildBundle();
log(`seed ${values.seed}, ${values.minutes} minutes`);
const { counts, byHand, ran, violations } = await soak({
  seed: Number(values.seed),
  durationMs: Number(values.minutes) * 60_000,
  keep: values.keep,
  log,
});
const { killedProcesses, crashes, killedScripts, killedGits } = counts;
log(JSON.stringify(counts));
log(
  `${killedProcesses + crashes + killedScripts + killedGits} kills (${killedProcesses} of ampci, ${crashes} at crash points, ${killedScripts} of scripts, ${killedGits} of git), ${ran} scripts ran to their end, ${byHand} heads were left to the operator`,
);
for (const violation of violations) log(`VIOLATION: ${violation}`);
log(
  violations.length === 0
    ? 'nothing lost, nothing doubled, nothing left behind'
    : `${violations.length} violations`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
