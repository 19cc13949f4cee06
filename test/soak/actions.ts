import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesOf } from '../site/processes.ts';
import type { Fault } from '../stand-in/stand-in.ts';
import { repos, type Scene } from './scene.ts';

/** Something that happens to a site; `weight`: how often, against the others. */
interface Action {
  readonly weight: number;
  act(scene: Scene): Promise<void> | void;
}

const branches = ['main', 'topic/a', 'topic/b', 'HEAD', 'ünï/çode', 'a|b'];
const mostAtOnce = 4;

export const actions: readonly Action[] = [
  { weight: 30, act: startTick },
  { weight: 14, act: push },
  { weight: 3, act: forcePush },
  { weight: 2, act: deleteBranch },
  { weight: 2, act: pushBootstrap },
  { weight: 2, act: buildByHand },
  { weight: 2, act: look },
  { weight: 1, act: prune },
  { weight: 6, act: killAmpci },
  { weight: 3, act: signalAmpci },
  { weight: 4, act: killScript },
  { weight: 2, act: killGit },
  { weight: 3, act: switchFault },
  { weight: 1, act: lag },
  { weight: 1, act: damageMirror },
];

function startTick({ running, random, counts, crashPoints, start }: Scene): void {
  if (running.size >= mostAtOnce) return;
  counts.ticks += 1;
  const isCrashed = random.chance(0.25);
  const point = `${random.pick(crashPoints)}:${random.chance(0.7) ? 1 : 2}`;
  start(random.pick(ticks), isCrashed ? { AMPCI_CRASH_AT: point } : {});
}

const ticks = [['poll'], ['poll'], ['poll'], ['poll', '--full'], ['poll', '--for', '2s', '--every', '1s']];

/** Whoever looks meanwhile is answered. */
function look({ running, random, start }: Scene): void {
  if (running.size < mostAtOnce)
    start(random.pick([['status'], ['history'], ['why', 'one'], ['status', '--prometheus']]));
}

function prune({ running, start }: Scene): void {
  if (running.size < mostAtOnce) start(['prune']);
}

async function push({ hub, model, random, counts }: Scene): Promise<void> {
  const repo = random.pick(repos);
  const branch = random.chance(0.6) ? 'main' : random.pick(branches);
  for (let count = random.chance(0.2) ? 2 : 1; count > 0; count -= 1) {
    counts.pushes += 1;
    model.moved(repo, branch, await hub.commit(`acme/${repo}`, branch));
  }
}

async function forcePush({ hub, model, random, counts }: Scene): Promise<void> {
  const repo = random.pick(repos);
  const branch = random.pick(model.branches(repo));
  const past = model.past(repo, branch);
  if (past.length === 0) return;
  const sha = random.pick(past);
  counts.pushes += 1;
  await hub.forcePush(`acme/${repo}`, branch, sha);
  model.moved(repo, branch, sha);
}

async function deleteBranch({ hub, model, random }: Scene): Promise<void> {
  const repo = random.pick(repos);
  const others = model.branches(repo).filter((branch) => branch !== 'main');
  if (others.length === 0) return;
  const branch = random.pick(others);
  await hub.deleteBranch(`acme/${repo}`, branch);
  model.deleted(repo, branch);
}

async function pushBootstrap({ hub, counts }: Scene): Promise<void> {
  counts.pushes += 1;
  await hub.commit('acme/amp_bootstrap', 'main');
}

function buildByHand({ running, model, random, start }: Scene): void {
  if (running.size >= mostAtOnce) return;
  const { repo, branch } = random.pick(model.heads());
  model.asked(repo, branch);
  start(['build', repo, branch, '--quiet']);
}

/** Somebody pulls the plug. */
function killAmpci({ running, random, counts }: Scene): void {
  if (running.size === 0) return;
  counts.killedProcesses += 1;
  random.pick([...running]).child.kill('SIGKILL');
}

function signalAmpci({ running, random, counts }: Scene): void {
  if (running.size === 0) return;
  counts.signals += 1;
  random.pick([...running]).child.kill(random.pick(['SIGTERM', 'SIGINT', 'SIGHUP']));
}

function killScript({ site, shot, random, counts }: Scene): void {
  const scripts = processesOf(site.folder).filter(({ command }) =>
    command.endsWith(join(site.folder, 'build')),
  );
  if (scripts.length === 0) return;
  const { pid } = random.pick(scripts);
  const buildId = /\0AMPCI_BUILD_ID=(\d+)\0/.exec(environmentOf(pid))?.[1];
  if (buildId === undefined) return;
  shot.add(Number(buildId));
  counts.killedScripts += 1;
  kill(pid);
}

function killGit({ site, random, counts }: Scene): void {
  const gits = processesOf(site.folder).filter(({ command }) => /^(setsid )?(\S*\/)?git /.test(command));
  // Those of scripts are the scripts' own.
  const own = gits.filter(({ pid }) => !environmentOf(pid).includes('\0AMPCI_WORKSPACE='));
  if (own.length === 0) return;
  counts.killedGits += 1;
  kill(random.pick(own).pid);
}

const faults: readonly Fault[] = [
  { do: 'reset' },
  { do: 'cut', afterBytes: 20 },
  { do: 'cut-json' },
  { do: 'garbage' },
  { do: 'html' },
  { do: 'html', status: 502 },
  { do: 'status', status: 500 },
  { do: 'unauthorized' },
  { do: 'not-found' },
  { do: 'conflict' },
  { do: 'primary-limit', resetInSeconds: 60 },
  { do: 'secondary-limit', retryAfterSeconds: 30 },
  { do: 'empty-list' },
  { do: 'no-next-page' },
  { do: 'graphql-timeout' },
  { do: 'graphql-error', field: 'r0' },
  { do: 'slow', bytes: 400, everyMs: 20 },
];

function switchFault({ hub, random, counts }: Scene): void {
  counts.faults += 1;
  const kind = random.pick(['rest', 'graphql', 'git'] as const);
  const fault = random.pick(faults.filter((each) => kind === 'graphql' || !each.do.startsWith('graphql')));
  hub.fault({ kind }, fault, { times: 1 + random.below(3) });
}

/** Git does not have yet what the API tells of. */
async function lag({ hub, random }: Scene): Promise<void> {
  const repo = `acme/${random.pick(repos)}`;
  await hub.lag(repo, true);
  setTimeout(() => void hub.lag(repo, false), 300 + random.below(1500)).unref();
}

/** Such damage as the next use of a mirror shows. */
function damageMirror({ site, random, counts }: Scene): void {
  const folder = join(site.datadir, 'mirrors');
  const mirrors = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.git')) : [];
  if (mirrors.length === 0) return;
  const mirror = join(folder, random.pick(mirrors));
  counts.damages += 1;
  const damage = random.pick([
    () => rmSync(join(mirror, 'objects'), { recursive: true }),
    () => rmSync(join(mirror, 'HEAD')),
    () => rmSync(mirror, { recursive: true }),
    () => writeFileSync(join(mirror, 'packed-refs'), 'nonsense\n'),
    () => writeFileSync(join(mirror, 'packed-refs.lock'), ''),
    () => writeFileSync(join(mirror, 'refs/heads/main.lock'), ''),
    () => writeFileSync(join(mirror, 'shallow.lock'), ''),
  ]);
  try {
    damage();
  } catch {
    // Somebody else removed it meanwhile.
  }
}

function environmentOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
