import { fetchAll, targetOf } from './fetch.ts';
import { clearGitLocks, endOrphans } from './leftovers.ts';
import { cloneMirror, type Errand, type Mirrors, pathOf } from './mirror.ts';
import type { CheckoutSource } from './source.ts';
import { GitTroubleError, type GitTroubleKind } from './trouble.ts';

interface Remedy {
  readonly does: string;
  apply(mirrors: Mirrors, source: CheckoutSource, errand: Errand): Promise<void>;
}

/** What puts a mirror right whose lock is held, by what git complained about. */
const remedies: Partial<Record<GitTroubleKind, Remedy>> = {
  locked: {
    does: 'removing the lock files of a git that died',
    apply: async (mirrors, source) => clearGitLocks(pathOf(mirrors, source)),
  },
  stale_refs: {
    does: 'removing branches that are gone',
    apply: (mirrors, source, errand) => fetchAll(mirrors, targetOf(mirrors, source), errand),
  },
  unknown: {
    does: 'cloning it anew',
    apply(mirrors, source, errand) {
      endOrphans(pathOf(mirrors, source));
      return cloneMirror(mirrors, source, errand);
    },
  },
};

export interface Repairable extends Errand {
  readonly mirrors: Mirrors;
  readonly source: CheckoutSource;
}

/** Does the work; where it fails and there is a remedy, applies that and does it again: each remedy once. */
export async function withRemedies(subject: Repairable, work: () => Promise<void>): Promise<void> {
  const used = new Set<GitTroubleKind>();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GitTroubleError)) throw error;
      const remedy = remedies[error.kind];
      if (!remedy || used.has(error.kind)) throw error;
      used.add(error.kind);
      subject.log(`${error.message}; ${remedy.does}`);
      await remedy.apply(subject.mirrors, subject.source, subject);
    }
  }
}
