import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ran, type Running, root } from '../site/program.ts';
import { openSite, type Site } from '../site/site.ts';
import { type Hub, startStandIn } from '../stand-in/stand-in.ts';
import { actions } from './actions.ts';
import { findings, leftToTheOperator, stateOf } from './findings.ts';
import { createModel } from './model.ts';
import { createRandom } from './random.ts';
import { type Counts, isKilled, repos, type Scene } from './scene.ts';

export interface SoakOptions {
  readonly seed: number;
  /** How long the storm lasts; the calm after it takes some seconds more. */
  readonly durationMs: number;
  /** Hears from time to time how far it is. */
  readonly log?: (line: string) => void;
  /** Where the site goes if something was found; must not exist. */
  readonly keep?: string | undefined;
}

export interface SoakReport {
  readonly counts: Counts;
  /** Heads that had to be built by hand in the end: see leftToTheOperator. */
  readonly byHand: number;
  /** Runs of scripts that came to their end. */
  readonly ran: number;
  /** What did not hold that must; none is the point of it all. */
  readonly violations: readonly string[];
}

/** How much the clock goes on from one ampci to the next, so that back-offs pass and days, too: 5 to 125 s. */
const clockStepMs = { least: 5_000, span: 120_000 };

/** Lets everything happen to a site at once, then lets it come to rest, and looks what there is. */
export async function soak({ seed, durationMs, keep, log = () => {} }: SoakOptions): Promise<SoakReport> {
  const clock = { laterMs: 0 };
  await using hub = await startStandIn({
    token: 'secret',
    validate: false,
    now: () => Date.now() + clock.laterMs,
  });
  using site = openSoakSite(hub);
  const complaints: string[] = [];
  const scene = createScene({ site, hub, clock, seed, complaints });
  await begin(scene);
  const until = performance.now() + durationMs;
  for (let nextLog = 0; performance.now() < until; ) {
    await scene.random.weighted(actions).act(scene);
    await pause(10 + scene.random.below(90));
    if (performance.now() > nextLog) {
      nextLog = performance.now() + 30_000;
      log(JSON.stringify(scene.counts));
    }
  }
  await calm(scene);
  const byHand = await operate(scene);
  const expected = {
    heads: scene.model.heads().map(({ repo, branch, sha }) => {
      const times = Math.max(1, scene.model.times(repo, branch, sha));
      return { repo, branch, sha, times, state: stateOf(sha) };
    }),
    bootstrapSha: hub.repo('acme/amp_bootstrap').head() ?? null,
  };
  const violations = [...complaints, ...(await site.violations(expected)), ...findings(scene)];
  if (keep && violations.length > 0) cpSync(site.folder, keep, { recursive: true });
  return { counts: scene.counts, byHand, ran: site.ledger().length, violations };
}

/** Some scripts take their time, leave something running, or fail: by the last digit of the commit. */
const script = `
case $AMPCI_SHA in
  *[0-2]) sleep 0.2;;
  *[34]) sleep 1;;
  *5) setsid sleep 60 & ;;
  *6) setsid sh -c 'trap "" TERM; while :; do sleep 1; done' & ;;
esac`;
const scriptEnd = 'case $AMPCI_SHA in *f) exit 3;; esac';

function openSoakSite(hub: Hub): Site {
  return openSite({
    repos,
    forge: { url: hub.url, token: 'secret' },
    script,
    scriptEnd,
    config: { workers: 3, retention: { builds: 1000, days: 90 }, timeout: '30s' },
  });
}

interface Parts extends Pick<Scene, 'site' | 'hub'> {
  readonly clock: { laterMs: number };
  readonly seed: number;
  readonly complaints: string[];
}

function createScene({ site, hub, clock, seed, complaints }: Parts): Scene {
  const random = createRandom(seed);
  const running = new Set<Running>();
  const counts: Counts = {
    ticks: 0,
    pushes: 0,
    faults: 0,
    killedProcesses: 0,
    killedScripts: 0,
    killedGits: 0,
    crashes: 0,
    signals: 0,
    damages: 0,
  };
  let said = '';
  const start: Scene['start'] = (args, env = {}) => {
    clock.laterMs += clockStepMs.least + random.below(clockStepMs.span);
    const one = site.start(args, { laterMs: clock.laterMs, env });
    running.add(one);
    void one.ended.then((ran) => {
      running.delete(one);
      said += ran.stderr;
      if (isKilled(ran) && env.AMPCI_CRASH_AT) counts.crashes += 1;
      complaints.push(...complaintsOf(args, ran));
    });
    return one;
  };
  return {
    site,
    hub,
    random,
    counts,
    running,
    start,
    model: createModel(),
    shot: new Set(),
    crashPoints: crashPointsOf(join(root, 'src')),
    said: () => said,
  };
}

/** ampci may fail to do its work, but never without a sentence, and never by a mistake of its own. */
function complaintsOf(args: readonly string[], { exitCode, signal, stdout, stderr }: Ran): string[] {
  const allowed = args[0] === 'poll' ? [0, 1, 3] : [0, 1, 2, 3];
  // A signal that comes before ampci listens to it ends it, too.
  const isExpected = signal !== null || allowed.includes(exitCode ?? -1);
  if (isExpected && !`${stdout}${stderr}`.includes('this is a bug')) return [];
  return [`${args.join(' ')} exited with ${exitCode ?? signal}: ${stderr}`];
}

function crashPointsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/crashPoint\('([^']+)'\)/g)])
    .map(([, name = '']) => name);
}

async function begin({ hub, model }: Scene): Promise<void> {
  await hub.createRepo({ owner: 'acme', name: 'amp_bootstrap', files: { file: '1' } });
  for (const name of repos) {
    const repo = await hub.createRepo({ owner: 'acme', name, files: { file: name } });
    model.moved(name, 'main', repo.head() ?? '');
  }
}

/** Nothing bad happens any more, and every mirror is used once more. */
async function calm({ hub, model, site, running, start }: Scene): Promise<void> {
  hub.clearFaults();
  for (const name of repos) await hub.lag(`acme/${name}`, false);
  await Promise.all([...running].map(({ ended }) => ended));
  await hub.commit('acme/amp_bootstrap', 'main');
  for (const name of repos) model.moved(name, 'main', await hub.commit(`acme/${name}`, 'main'));
  await rest({ site, start });
}

const restTicks = 30;

/** Ticks, an hour in all, until one has nothing to do and to say. */
async function rest({ site, start }: Pick<Scene, 'site' | 'start'>): Promise<void> {
  for (let count = 0; count < restTicks; count += 1) {
    const { exitCode, stderr } = await start(['poll', '--full']).ended;
    const waiting = site.read("SELECT 1 FROM builds WHERE state IN ('queued', 'running')");
    const troubled = site.read('SELECT 1 FROM repos WHERE watched = 1 AND broken_since IS NOT NULL');
    if (exitCode === 0 && stderr === '' && waiting.length + troubled.length === 0 && count > 2) return;
  }
}

/** What the operator does about builds that ampci gave up, and what ampci does daily. Resolves to how many there were. */
async function operate(scene: Scene): Promise<number> {
  const heads = leftToTheOperator(scene);
  for (const { repo, branch } of heads) {
    scene.model.asked(repo, branch);
    await scene.start(['build', repo, branch, '--quiet']).ended;
  }
  await rest(scene);
  await scene.start(['prune']).ended;
  return heads.length;
}
