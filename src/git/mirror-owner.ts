import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckoutSource } from './source.ts';

/** Whether the mirror is this repository's, as far as is known, rather than one's that had its name before. */
export function isMirrorOf(mirror: string, { repoId }: CheckoutSource): boolean {
  const owner = ownerOf(mirror);
  return repoId === null || owner === null || owner === String(repoId);
}

export function noteOwner(mirror: string, { repoId }: CheckoutSource): void {
  if (repoId !== null) writeFileSync(fileIn(mirror), `${repoId}\n`);
}

function ownerOf(mirror: string): string | null {
  try {
    return readFileSync(fileIn(mirror), 'utf8').trim();
  } catch {
    return null;
  }
}

function fileIn(mirror: string): string {
  return join(mirror, 'ampci-repo');
}
