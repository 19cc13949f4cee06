import { dirname, resolve } from 'node:path';
import type { Build } from '../domain/build.ts';
import type { Config, ScriptsEntry } from '../domain/config.ts';
import { configuredName } from '../domain/configured-name.ts';
import { type RepoName, type RepoSettings, scriptsFor, settingsFor } from '../domain/match.ts';

/** The scripts of a build; null: no key of `scripts` fits its branch. */
export function scriptsOf(config: Config, build: Build): ScriptsEntry | null {
  return scriptsFor(config, { ...nameOf(config, build), branch: build.branch });
}

export function settingsOf(config: Config, build: Build): RepoSettings {
  return settingsFor(config, nameOf(config, build));
}

function nameOf(config: Config, build: Build): RepoName {
  const repo = { owner: build.owner, name: build.repo };
  return configuredName(config, repo, build.watchedAs) ?? repo;
}

/** Absolute path of a script; relative names are beside amp.yaml. */
export function scriptPath(config: Config, script: string): string {
  return resolve(dirname(config.file), script);
}
