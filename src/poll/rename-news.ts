import type { Config } from '../domain/config.ts';
import { configuredName, isNamed } from '../domain/configured-name.ts';
import { fullName, parseRepoName } from '../domain/repo-name.ts';
import type { Rename, Succession } from '../store/names.ts';

/** Whether amp.yaml has the repository still: a glob is only about what fits it. */
export function isFollowed(config: Config, { to, watchedAs }: Rename): boolean {
  return configuredName(config, to, watchedAs) !== null;
}

/** What the operator is told of a repository that is called otherwise now. */
export function renameNews(config: Config, rename: Rename): string {
  const { from, to, watchedAs } = rename;
  const news = `${from} is now ${fullName(to)}`;
  if (!isFollowed(config, rename)) {
    return `${news}, which repos in ${config.file} does not have: it is no longer watched; add it there to go on`;
  }
  const isWrittenOtherwise = !isNamed(config, to) && isNamed(config, parseRepoName(watchedAs, config.owner));
  const wayOut = isWrittenOtherwise ? `; change ${config.file} when it suits you` : '';
  return `${news}: ampci follows it${wayOut}`;
}

/** What the operator is told when another repository takes the name that amp.yaml has for one. */
export function successionNews(config: Config, { name, former }: Succession): string {
  const news = `${name} is another repository now, and ampci goes on with that`;
  if (former === null) return news;
  const wayOut = `add it to repos in ${config.file} to go on with it as well`;
  return `${news}; ${fullName(former)}, which was called so, is no longer watched: ${wayOut}`;
}
