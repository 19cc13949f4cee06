/**
 * The predecessor's site, beside a stand-in GitHub: its amp.yaml as it is but for `baseurl` and `temproot`, and two
 * scripts of its shape: one builds in the workspace, the other carries `packages/*.tar` away.
 *
 *     await using amp = await openPredecessor();
 *     await amp.hub.commit(amp.amppd, 'main', { files: { 'build.sh': 'exit 3' } });
 *     await amp.site.tick();
 *     expect(amp.built()).toEqual(['amppd main', …]);
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSite, type Site } from '../site/site.ts';
import { type Hub, type StandInRepo, startStandIn } from '../stand-in/stand-in.ts';

export const owner = 'AudiovisualMetadataPlatform';
export const token = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

export interface Predecessor extends AsyncDisposable {
  readonly hub: Hub;
  readonly site: Site;
  readonly bootstrap: StandInRepo;
  readonly amppd: StandInRepo;
  readonly ui: StandInRepo;
  /** `repo branch reason: state` of each build, in the order of their names. */
  builds(): readonly string[];
  /** Forgets the builds up to now, for `builds`. */
  forget(): void;
  /** What was distributed, by file name. */
  packages(): readonly string[];
  /** A file of `logs`. */
  log(name: string): string;
}

/** Every repository is built by its own `build.sh`, with the version that the bootstrap has. */
const buildPackages = `set -eu
echo "building $AMPCI_REPO"
mkdir packages
. amp_bootstrap/settings
for repo in src_repos/*; do
  (cd "$repo" && sh ./build.sh)
  tar -cf "packages/$(basename "$repo")-$version.tar" -C "$repo" .
done`;

export async function openPredecessor(): Promise<Predecessor> {
  const hub = await startStandIn({ token });
  const create = (name: string, files: Readonly<Record<string, string>>) =>
    hub.createRepo({ owner, name, files });
  const bootstrap = await create('amp_bootstrap', { settings: 'version=1\n' });
  const amppd = await create('amppd', { 'build.sh': 'echo compiled amppd\n' });
  const ui = await create('amppd-ui', { 'build.sh': 'echo compiled amppd-ui\n' });
  const site = openSite({ forge: { url: hub.url, token } });
  const amp = join(import.meta.dirname, '..', 'config', 'fixtures', 'predecessor.yaml');
  const settings = readFileSync(amp, 'utf8')
    .replace(/^baseurl: .*/m, `baseurl: ${hub.url}/${owner}`)
    .replace(/^temproot: .*/m, `temproot: ${site.temproot}`);
  writeFileSync(join(site.folder, 'amp.yaml'), settings);
  // Its datadir is the folder of amp.yaml; the site looks for it in a folder of its own.
  symlinkSync('.', site.datadir);
  const distributed = join(site.folder, 'distributed');
  mkdirSync(distributed);
  site.script('build_packages', buildPackages);
  site.script('distribute_to_liger', `set -eu\ncp packages/*.tar '${distributed}'`);
  let forgotten = 0;
  return {
    hub,
    site,
    bootstrap,
    amppd,
    ui,
    builds: () =>
      site
        .read<{ text: string }>(
          `SELECT r.name || ' ' || b.branch || ' ' || b.reason || ': ' || b.state AS text
           FROM builds b JOIN repos r ON r.id = b.repo_id WHERE b.id > ${forgotten}`,
        )
        .map(({ text }) => text)
        .toSorted(),
    forget() {
      forgotten = site.read<{ id: number }>('SELECT max(id) AS id FROM builds')[0]?.id ?? 0;
    },
    packages: () => readdirSync(distributed).toSorted(),
    log: (name) => readFileSync(join(site.folder, 'logs', name), 'latin1'),
    async [Symbol.asyncDispose]() {
      site[Symbol.dispose]();
      await hub.close();
    },
  };
}
