import type { Build } from '../../src/domain/build.ts';

/** A queued build 41 of amppd main at 4f2c1d0, by a push. */
export function buildWith(changes: Partial<Build> = {}): Build {
  return {
    id: 41,
    repoId: 1,
    owner: 'AMP',
    repo: 'amppd',
    watchedAs: null,
    branch: 'main',
    sha: '4f2c1d0'.padEnd(40, '0'),
    previousSha: null,
    bootstrapSha: null,
    reason: 'push',
    state: 'queued',
    cause: null,
    attempt: 1,
    queuedAt: 0,
    notBefore: 0,
    startedAt: null,
    finishedAt: null,
    step: null,
    exitCode: null,
    message: null,
    author: null,
    authorEmail: null,
    subject: null,
    workspace: null,
    ...changes,
  };
}
