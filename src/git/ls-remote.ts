import { withDeadline } from '../deadline.ts';
import type { Head } from '../domain/head.ts';
import type { Listing, ListPatience } from '../domain/listing.ts';
import type { RunGit } from './command.ts';
import { GitTroubleError, type GitTroubleKind } from './trouble.ts';

/** Asks the server for its branches. Never throws for what a server may do. */
export async function listRemote(run: RunGit, url: string, patience: ListPatience): Promise<Listing> {
  try {
    const output = await withDeadline(patience, (signal) =>
      run({
        args: ['ls-remote', '--symref', '--', url, 'HEAD', 'refs/heads/*'],
        // Not inside of anything whose configuration git would read.
        cwd: '/',
        subject: `cannot list the branches of ${url}`,
        signal,
      }),
    );
    return parseListing(url, output.toString());
  } catch (error) {
    if (!(error instanceof GitTroubleError)) throw error;
    return { kind: 'trouble', trouble: troubles[error.kind] ?? 'unreadable', message: error.message };
  }
}

const troubles: Partial<Record<GitTroubleKind, 'missing' | 'forbidden'>> = {
  missing: 'missing',
  forbidden: 'forbidden',
};

/**
 * A pattern also matches within longer names (`refs/x/refs/heads/main`): only whole ones count. Names need not be
 * UTF-8: of those that read alike then the last counts, or their branch would seem to move with every look.
 */
function parseListing(url: string, output: string): Listing {
  const lines = output.split('\n').map((line) => line.split('\t'));
  const found = lines.flatMap(([sha = '', ref = '']): Head[] =>
    ref.startsWith('refs/heads/') && /^[0-9a-f]{40,64}$/.test(sha)
      ? [{ branch: ref.slice('refs/heads/'.length), sha }]
      : [],
  );
  const heads = [...new Map(found.map((head) => [head.branch, head])).values()];
  if (heads.length === 0) {
    return {
      kind: 'trouble',
      trouble: 'empty',
      message: `${url} lists no branches: push a first commit, or check that it is git that answers there`,
    };
  }
  const symref = lines.find(([target = '', ref]) => ref === 'HEAD' && target.startsWith('ref: refs/heads/'));
  return { kind: 'listed', defaultBranch: symref?.[0]?.slice('ref: refs/heads/'.length) ?? null, heads };
}
