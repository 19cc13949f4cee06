/**
 * `npm run bench`: what ampci costs, as ratios to something measured beside it in the same run.
 *
 *     npm run bench -- --check            exits with 1 when a row misses its target
 *     npm run bench -- --only idle        one group (or several: --only idle --only tls)
 *     npm run bench -- --ci               only what a busy machine cannot upset, in a minute
 */
import { parseArgs } from 'node:util';
import { checkout } from './checkout.ts';
import { idle } from './idle.ts';
import { looking } from './looking.ts';
import { moved } from './moved.ts';
import { output } from './output.ts';
import { overhead } from './overhead.ts';
import { machine, openPlace, type Place } from './place.ts';
import { predecessor } from './predecessor.ts';
import { isMet, type Row, type Rows, table, written } from './row.ts';
import { tls } from './tls.ts';
import { wave } from './wave.ts';
import { withoutToken } from './without-token.ts';

/** What depends on files comes first: the others remove many. */
const groups: Readonly<Record<string, (place: Place) => Rows>> = {
  checkout,
  overhead,
  idle,
  tls,
  predecessor,
  'without-token': withoutToken,
  moved,
  looking,
  output,
  wave,
};

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    ci: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
});

const unknown = values.only?.find((name) => !(name in groups));
if (unknown !== undefined) {
  process.stderr.write(`--only: expected one of ${Object.keys(groups).join(', ')}, got "${unknown}"\n`);
  process.exit(2);
}

const rows: Row[] = [];
{
  using place = openPlace({ steadyOnly: values.ci });
  for (const name of values.only ?? Object.keys(groups)) {
    place.say(`# ${name}`);
    for await (const row of groups[name]?.(place) ?? []) {
      rows.push(row);
      place.say(`${row.name}: ${row.value === null ? row.note : written(row.value, row.unit)}`);
    }
  }
}

const date = new Date().toISOString().slice(0, 10);
process.stdout.write(`\n${table(rows)}\n\n${date}, ${machine()}\n`);
const missed = rows.filter((row) => !isMet(row));
if (missed.length > 0) process.stderr.write(`${missed.length} of ${rows.length} rows miss their target\n`);
process.exitCode = values.check && missed.length > 0 ? 1 : 0;
