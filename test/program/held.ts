import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Site } from '../site/site.ts';

/** Lines for a site's script: it waits while the file `hold-<repo>` is there, having said so by `held-<repo>`. */
export const holding = `
here=$(dirname "$0")
touch "$here/held-$AMPCI_REPO"
while [ -e "$here/hold-$AMPCI_REPO" ]; do sleep 0.05; done`;

/** Makes the builds of a repository that start from now on wait until `release` is called. */
export function hold(site: Site, repo: string): { release(): void } {
  const file = join(site.folder, `hold-${repo}`);
  writeFileSync(file, '');
  rmSync(join(site.folder, `held-${repo}`), { force: true });
  return { release: () => rmSync(file, { force: true }) };
}

/** Resolves when a build of the repository waits. */
export async function held(site: Site, repo: string): Promise<void> {
  await until(() => existsSync(join(site.folder, `held-${repo}`)), `a build of ${repo} waits`);
}

const longMs = 30_000;

export async function until(isSo: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + longMs;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error(`it never came about that ${what}`);
    await pause(20);
  }
}
