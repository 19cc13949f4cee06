import { statSync } from 'node:fs';
import { databaseFile, openForWriting } from '../../src/store/database.ts';
import { fill } from '../store/fixture.ts';
import { type Command, interleave, ratio } from './measure.ts';
import type { Place } from './place.ts';
import type { Rows } from './row.ts';
import { makeSite, type Site } from './site.ts';

const minute = 60_000;
const sha = 'deadbeef';

/** What a monitor and a reviewer ask for, by the name of its row. */
const questions = {
  status: ['status'],
  'status --prometheus': ['status', '--prometheus'],
  'history -n 20': ['history', '-n', '20'],
  'history REPO': ['history', 'repo-3', '-n', '20'],
  'history REPO BRANCH': ['history', 'repo-3', 'main', '-n', '20'],
  'history --failed': ['history', '--failed', '-n', '20'],
  'history REPO --failed': ['history', 'repo-3', '--failed', '-n', '20'],
  'history --since --until': ['history', '--since', '300d', '--until', '299d', '-n', '20'],
  'history --reason': ['history', '--reason', 'manual', '-n', '20'],
  'history --sha': ['history', '--sha', sha, '-n', '20'],
} as const;

/** Looking at an empty database and at one of a million builds, which is a build every minute for two years. */
export async function* looking(place: Place): Rows {
  const builds = place.steadyOnly ? 20_000 : 1_000_000;
  place.say(`a database with ${builds.toLocaleString('en')} builds`);
  const [empty, full] = [siteWith(place, 0), siteWith(place, builds)];
  const bytes = statSync(databaseFile(full.folder)).size;
  yield {
    name: 'database: bytes for each build, its decision and its share of indexes',
    value: bytes / builds,
    unit: 'bytes',
    atMost: 1000,
  };
  if (place.steadyOnly) return;
  for (const [name, args] of Object.entries(questions)) {
    const ask = (site: Site): Command => ({ ...place.ampci(site, ...args), mayExitWith: [1, 2] });
    const commands = { node: place.node, empty: ask(empty), full: ask(full) };
    const samples = await interleave(commands, { rounds: 9, times: 3 });
    yield { name: `${name}, empty: CPU`, value: ratio(samples.empty, samples.node), unit: 'x', atMost: 3 };
    yield {
      name: `${name}, 1,000,000 builds: CPU`,
      value: ratio(samples.full, samples.node),
      unit: 'x',
      atMost: 3,
    };
    yield {
      name: `${name}, 1,000,000 builds to empty`,
      value: ratio(samples.full, samples.empty),
      unit: 'x',
      atMost: 1.2,
    };
  }
}

/** Polled a minute ago. */
function siteWith(place: Place, builds: number): Site {
  const site = makeSite(place, { baseurl: 'https://github.com/acme', repos: ['repo-*'] });
  const now = Date.now();
  const db = openForWriting(site.folder);
  try {
    fill(db, { builds, now });
    db.prepare(
      `INSERT INTO polls (started_at, finished_at, outcome, full, requests, points) VALUES (?, ?, 'unchanged', 0, 1, 0)`,
    ).run(now - minute, now - minute);
  } finally {
    db.close();
  }
  return site;
}
