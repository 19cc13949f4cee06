import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Expected } from '../site/invariants.ts';
import type { Site, SiteOptions } from '../site/site.ts';
import type { Hub } from '../stand-in/stand-in.ts';

/** Something that ampci does, to be cut off at every place that it passes on the way. */
export interface Scenario {
  readonly name: string;
  readonly options?: SiteOptions;
  /** Beside a stand-in GitHub instead of a folder of bare repositories. */
  readonly github?: 'token' | 'app';
  /** What comes before; ends before the command that is cut off. */
  prepare(site: Site, hub: Hub): Promise<void>;
  /** Default: `poll`. */
  readonly command?: readonly string[];
  /** How much later than the preparation, in ms. */
  readonly laterMs?: number;
  /** What becomes well again after the crash. */
  mend?(site: Site): Promise<void>;
  /** Which places matter here; default: all that are passed. Other scenarios have the rest. */
  readonly only?: RegExp;
  /** Also at the last passage of each place, not only at the first. */
  readonly everyEnd?: boolean;
  expected?(site: Site, hub: Hub): Expected;
  /** What somebody must have been told, by the cut off command or by a later tick; a repetition is allowed. */
  readonly told?: readonly RegExp[];
}

const minuteMs = 60_000;

/** One built, its mirrors warm. */
async function builtOnce(site: Site): Promise<void> {
  site.bootstrap.push();
  site.repo('one').push();
  await quiet(site);
}

async function quiet(site: Site): Promise<void> {
  const { exitCode, stderr } = await site.tick();
  if (exitCode !== 0 || stderr !== '') throw new Error(`the preparation failed: ${exitCode} ${stderr}`);
}

function mirrorOf(site: Site, name: string): string {
  const folder = join(site.datadir, 'mirrors');
  const entry = readdirSync(folder).find((each) => each.includes(name) && each.endsWith('.git'));
  return join(folder, entry ?? 'none');
}

function mainEndsAs(state: string): (site: Site) => Expected {
  return (site) => ({
    heads: [{ repo: 'one', branch: 'main', sha: site.repo('one').head(), state }],
    bootstrapSha: site.bootstrap.head(),
  });
}

function hubHeads(_: Site, hub: Hub): Expected {
  const heads = [...hub.repo('acme/one').heads()].map(([branch, sha]) => ({ repo: 'one', branch, sha }));
  return { heads, bootstrapSha: hub.repo('acme/amp_bootstrap').head() ?? null };
}

/** Hangs in the first build, not in those after it. */
const hanging = 'if mkdir "$AMPCI_WORKSPACE/../../hung"; then setsid sleep 600 & exec sleep 600; fi';

export const scenarios: readonly Scenario[] = [
  {
    name: 'the first poll',
    options: { repos: ['one', 'two'] },
    everyEnd: true,
    async prepare(site) {
      site.bootstrap.push();
      site.repo('one').push();
      site.repo('one').push('topic/x');
      site.repo('two').push();
    },
  },
  {
    name: 'a push to a warm mirror',
    async prepare(site) {
      await builtOnce(site);
      site.repo('one').push();
    },
    only: /^(git|build|poll|queue|finish|executor)\./,
  },
  {
    name: 'a bootstrap wave with a push in it',
    options: { repos: ['one', 'two'] },
    async prepare(site) {
      site.repo('two').push();
      await builtOnce(site);
      site.bootstrap.push();
      site.repo('one').push();
    },
    only: /^(poll|queue|finish|tell|database)\./,
  },
  {
    name: 'a failing script that says much',
    options: {
      config: { keep_workspace: 'on_failure', env: { KEY: { value: 'hunter2hunter2', secret: true } } },
      scriptEnd: 'echo "$KEY"; head -c 5000000 /dev/zero | tr "\\0" x; exit 3',
    },
    async prepare(site) {
      site.bootstrap.push();
      site.repo('one').push();
    },
    only: /^(build|finish|tell|workspace|logs)\./,
    expected: mainEndsAs('failure'),
    told: [/one main/],
  },
  {
    name: 'a script that leaves a process which does not want to end',
    options: { scriptEnd: `setsid sh -c 'trap "" TERM; while :; do sleep 1; done' &` },
    async prepare(site) {
      site.bootstrap.push();
      site.repo('one').push();
    },
    only: /^executor\./,
  },
  {
    name: 'a retry after a missing script',
    async prepare(site) {
      site.bootstrap.push();
      site.repo('one').push();
      renameSync(join(site.folder, 'build'), join(site.folder, 'away'));
      await site.tick();
      renameSync(join(site.folder, 'away'), join(site.folder, 'build'));
    },
    laterMs: 2 * minuteMs,
    only: /^(queue|finish|poll)\.|^build\.(claimed|finished)/,
  },
  {
    name: 'a build by hand',
    command: ['build', 'one', '--quiet'],
    async prepare(site) {
      await builtOnce(site);
    },
    async mend(site) {
      const asked = site.read("SELECT 1 FROM decisions WHERE detail LIKE '%manual%'");
      if (asked.length === 0) await site.ampci(['build', 'one', '--quiet']);
    },
    only: /^(manual|queue|finish|database)\.|^build\.(claimed|begun|finished|logged)/,
    expected: (site) => ({
      heads: [{ repo: 'one', branch: 'main', sha: site.repo('one').head(), times: 2 }],
      bootstrapSha: site.bootstrap.head(),
    }),
  },
  {
    name: 'the recovery from a crash within a script',
    options: { script: hanging },
    async prepare(site) {
      site.bootstrap.push();
      site.repo('one').push();
      await site.tick({ env: { AMPCI_CRASH_AT: 'executor.step.started' } });
    },
    only: /^(recover|executor|finish|workspace|poll|logs)\./,
  },
  {
    name: 'the recovery from a crash at the end of a build',
    async prepare(site) {
      site.bootstrap.push();
      site.repo('one').push();
      await site.tick({ env: { AMPCI_CRASH_AT: 'build.finished' } });
    },
    only: /^(recover|workspace|poll)\./,
  },
  {
    name: 'the recovery from a crash within a clone',
    async prepare(site) {
      site.bootstrap.push();
      site.repo('one').push();
      await site.tick({ env: { AMPCI_CRASH_AT: 'git.mirror.cloned' } });
    },
    laterMs: 2 * minuteMs,
    only: /^(recover|git|poll)\./,
  },
  {
    name: 'the pruning of builds, records, mirrors and kept workspaces',
    command: ['prune'],
    options: {
      repos: ['one', 'two'],
      config: { retention: { builds: 1, days: 1 }, keep_workspace: 'on_failure' },
      scriptEnd: '! grep -q broken "src_repos/$AMPCI_REPO/file"',
    },
    async prepare(site) {
      site.repo('two').push();
      await builtOnce(site);
      site.repo('one').push('main', { content: 'broken' });
      await site.tick();
      for (let count = 0; count < 3; count += 1) {
        site.repo('one').push();
        await quiet(site);
      }
      site.configure({ repos: ['one'] });
      await site.ampci(['poll', '--full']);
      const [meta] = site.read<{ value: string }>("SELECT value FROM meta WHERE key = 'datadir_id'");
      mkdirSync(join(site.temproot, `ampci-${meta?.value}-999-of-a-pruned-build-kept`));
    },
    laterMs: 3 * 24 * 60 * minuteMs,
    only: /^(prune|git|database)\./,
    expected: mainEndsAs('success'),
  },
  {
    name: 'the repair of a broken mirror',
    async prepare(site) {
      await builtOnce(site);
      const mirror = mirrorOf(site, 'one');
      rmSync(join(mirror, 'objects'), { recursive: true });
      mkdirSync(join(mirror, 'objects'));
      site.repo('one').push();
    },
    only: /^git\.(mirror|checkout)\./,
  },
  {
    name: 'the repair of a mirror whose damage only a checkout shows',
    async prepare(site) {
      await builtOnce(site);
      site.repo('one').push('main', { content: lost });
      await quiet(site);
      breakCheckout(site);
    },
    command: ['build', 'one', '--quiet'],
    async mend(site) {
      const asked = site.read("SELECT 1 FROM decisions WHERE detail LIKE '%manual%'");
      if (asked.length === 0) await site.ampci(['build', 'one', '--quiet']);
    },
    only: /^git\.(mirror|checkout)\./,
    expected: (site) => ({
      heads: [{ repo: 'one', branch: 'main', sha: site.repo('one').head(), times: 2 }],
      bootstrapSha: site.bootstrap.head(),
    }),
  },
  {
    name: 'a mirror with lock files of a git that died',
    async prepare(site) {
      await builtOnce(site);
      const mirror = mirrorOf(site, 'one');
      for (const file of ['packed-refs.lock', 'refs/heads/main.lock', 'shallow.lock']) {
        writeFileSync(join(mirror, file), '');
      }
      site.repo('one').push();
    },
    only: /^git\.(mirror|checkout)\./,
  },
  {
    name: 'submodules',
    options: { repos: ['one', 'part'] },
    async prepare(site) {
      const part = site.repo('part');
      site.bootstrap.push();
      site.repo('one').push('main', { submodule: { url: '../part', sha: part.push() } });
    },
    only: /^git\.clone\./,
  },
  {
    name: 'a push that GitHub tells of',
    github: 'token',
    async prepare(site, hub) {
      await hub.createRepo({ owner: 'acme', name: 'amp_bootstrap', files: { file: '1' } });
      await hub.createRepo({ owner: 'acme', name: 'one', files: { file: '1' } });
      await quiet(site);
      await hub.commit('acme/one', 'main');
      await hub.commit('acme/one', 'topic/x');
    },
    only: /^(poll|queue)\./,
    expected: hubHeads,
  },
  {
    name: 'the first token of a GitHub App',
    github: 'app',
    async prepare(site, hub) {
      await hub.createRepo({ owner: 'acme', name: 'amp_bootstrap', files: { file: '1' } });
      await hub.createRepo({ owner: 'acme', name: 'one', files: { file: '1' } });
      const key = hub.addApp({ id: 7, installations: [{ id: 70, owner: 'acme' }] }) ?? '';
      writeFileSync(join(site.folder, 'app.pem'), key, { mode: 0o600 });
      site.configure({ app: { id: 7, installation_id: 70, private_key_file: 'app.pem' } });
    },
    only: /^forge\./,
    expected: hubHeads,
  },
  {
    name: 'the start of an outage',
    options: { repos: ['one', 'two'] },
    async prepare(site) {
      site.repo('two').push();
      await builtOnce(site);
      renameSync(join(site.folder, 'forge'), join(site.folder, 'gone'));
    },
    async mend(site) {
      renameSync(join(site.folder, 'gone'), join(site.folder, 'forge'));
    },
    only: /^(poll|tell)\./,
  },
  {
    name: 'the end of an outage',
    options: { repos: ['one', 'two'] },
    async prepare(site) {
      site.repo('two').push();
      await builtOnce(site);
      renameSync(join(site.folder, 'forge'), join(site.folder, 'gone'));
      await site.tick();
      renameSync(join(site.folder, 'gone'), join(site.folder, 'forge'));
      site.repo('one').push();
    },
    laterMs: 10 * minuteMs,
    only: /^(poll|tell)\./,
    told: [/polls again/],
  },
];

const lost = 'what will be lost\n';

/** The file of the commit is gone, and what is asked of the mirror before the checkout does not notice. */
function breakCheckout(site: Site): void {
  const objects = join(mirrorOf(site, 'one'), 'objects');
  const source = join(site.repo('one').path, 'objects');
  // As if it had been fetched in single objects: all of the source's but the blobs of the last commit.
  rmSync(objects, { recursive: true });
  cpSync(source, objects, { recursive: true });
  const blob = createHash('sha1').update(`blob ${lost.length}\0${lost}`).digest('hex');
  rmSync(join(objects, blob.slice(0, 2), blob.slice(2)));
}
