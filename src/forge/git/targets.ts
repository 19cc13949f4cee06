import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../domain/config.ts';
import { matchesGlob } from '../../domain/glob.ts';
import { repoUrl } from '../../domain/match.ts';
import { UserError } from '../../user-error.ts';
import type { WantedRepo } from '../forge.ts';

/** A repository to ask by git. */
export interface Target {
  readonly owner: string;
  readonly name: string;
  readonly url: string;
}

/** The watched repositories; globs are found in the folder that a `file:` baseurl means. Throws a UserError where that is impossible. */
export function targetsOf(config: Config, wanted: readonly WantedRepo[]): Target[] {
  const names = wanted.flatMap((repo) => (repo.glob ? found(config, repo) : [repo]));
  const targets = names.map(({ owner, name }) => ({ owner, name, url: repoUrl(config, { owner, name }) }));
  return [...new Map(targets.map((target) => [target.url, target])).values()];
}

function found(config: Config, { owner, name }: WantedRepo): Pick<Target, 'owner' | 'name'>[] {
  if (!config.server.startsWith('file://')) {
    throw new UserError(
      `"${name}" in repos: only GitHub's API lists repositories, and it needs a token; set GITHUB_TOKEN or token_file, or name the repositories`,
    );
  }
  const folder = `${config.server.slice('file://'.length)}/${owner}`;
  return repositoriesIn(folder)
    .filter((each) => matchesGlob(name, each))
    .map((each) => ({ owner, name: each }));
}

/** `NAME.git` and `NAME`, bare or not: git finds either under the name without `.git`. */
function repositoriesIn(folder: string): string[] {
  const names = listFolder(folder)
    .filter((entry) => isRepository(join(folder, entry)))
    .map((entry) => entry.replace(/\.git$/, ''));
  return [...new Set(names)].sort();
}

function isRepository(path: string): boolean {
  return [path, join(path, '.git')].some(
    (each) => existsSync(join(each, 'HEAD')) && existsSync(join(each, 'objects')),
  );
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`baseurl: ${folder} cannot be listed (${reason}); check the path and its mount`);
  }
}
