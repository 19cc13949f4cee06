import type { Config } from '../domain/config.ts';
import type { Rename } from '../store/repos.ts';

/** What the operator is told of a repository that is called otherwise now. */
export function renameNews(config: Config, { from, to }: Rename): string {
  return `${from} is now ${to}: ampci follows it; change ${config.file} when it suits you`;
}
