import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crashPoint } from '../crash-point.ts';
import { type Errand, type Mirrors, marked, titleOf } from './mirror.ts';
import type { CheckoutSource } from './source.ts';

/**
 * Checks out the submodules of the clone in `directory`, theirs too, each from its own URL. Git refuses them
 * `file:` URLs (since 2.38.1, CVE-2022-39253); a site whose own repositories are `file:` has them allowed.
 * Throws a GitTroubleError.
 */
export async function checkOutSubmodules(
  mirrors: Mirrors,
  source: CheckoutSource,
  { directory, ...errand }: Errand & { readonly directory: string },
): Promise<void> {
  if (!existsSync(join(directory, '.gitmodules'))) return;
  await mirrors.run({
    args: ['submodule', 'update', '--init', '--recursive', '--jobs=4'],
    cwd: directory,
    subject: `cannot check out the submodules of ${titleOf(source)}`,
    signal: errand.signal,
    settings: isLocal(source.url) ? { 'protocol.file.allow': 'always' } : {},
    variables: marked(errand),
  });
  crashPoint('git.clone.submodules');
}

function isLocal(url: string): boolean {
  return url.startsWith('file:') || url.startsWith('/');
}
