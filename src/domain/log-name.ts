import { fileName } from './file-name.ts';
import { displayName } from './repo-name.ts';

/** ampci's own log, in the folder of logs. */
export const ownLogName = 'ampci.log';

/**
 * The log file of a repository, in the folder of logs: bare for `owner`'s (baseurl's), with its owner for
 * others. Two repositories never share one, nor one with ampci.
 */
export function repoLogName(repo: { readonly owner: string; readonly name: string }, owner: string): string {
  const name = `${fileName(displayName(repo, owner))}.log`;
  // `a` is never escaped otherwise.
  return name === ownLogName ? '%61mpci.log' : name;
}

/** The log of a build, in the folder of logs. */
export function buildLogName(buildId: number): string {
  return `builds/${buildId}.log`;
}
