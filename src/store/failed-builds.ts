import { isFailed, states } from '../domain/build.ts';

/** Written out as the partial indexes have it: SQLite uses them for the very same expression only. */
export const failedStates = `(${states
  .filter(isFailed)
  .map((state) => `'${state}'`)
  .join(', ')})`;

/**
 * A failed build of the branch of head `h`, not of a commit that somebody picked: the latest, or the first since it
 * last succeeded.
 */
export function failedBuild(which: 'latest' | 'first'): string {
  return `(SELECT f.id FROM builds f INDEXED BY builds_branch WHERE f.repo_id = h.repo_id AND f.branch = h.branch
    AND f.id > coalesce(h.latest_success, 0) AND f.picked = 0 AND f.state IN ${failedStates}
    ORDER BY f.id ${which === 'latest' ? 'DESC' : ''} LIMIT 1)`;
}
