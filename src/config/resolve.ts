import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import type {
  Config,
  CredentialSetting,
  EnvSetting,
  PatternList,
  RepoSetting,
  Scripts,
} from '../domain/config.ts';
import { isGlob } from '../domain/glob.ts';
import { parseRepoName } from '../domain/repo-name.ts';
import { apiUrlOf } from './base-url.ts';
import type { Path } from './mistake.ts';
import { type AmpInput, ignoredKeys, type RepoInput, type RepoMap } from './schema.ts';

/** Where a valid amp.yaml is and what surrounds it. */
export interface Surroundings {
  /** Absolute. */
  readonly file: string;
  /** REST root of the environment's GITHUB_API_URL. */
  readonly apiUrl: string | null;
  readonly lineOf: (path: Path) => number;
}

/** Makes the parts that depend on each other or on the place of the file: paths become absolute, beside amp.yaml. */
export function resolveConfig(input: AmpInput, surroundings: Surroundings): Config {
  const { file, lineOf } = surroundings;
  const { server, owner } = input.baseurl;
  const beside = (path: string) => resolve(dirname(file), path);
  return {
    file,
    server,
    owner,
    ...forgeOf(input, surroundings),
    repos: input.repos.map((repo, index) => resolveRepo(repo, { owner, path: ['repos', index], lineOf })),
    bootstrap: input.bootstrap,
    bootstrapBranch: input.bootstrap_branch ?? null,
    bootstrapRebuilds: input.bootstrap_rebuilds,
    firstPoll: input.first_poll,
    branches: patternList(input.branches, lineOf(['branches'])),
    scripts: scriptsOf(input.scripts, ['scripts'], lineOf),
    workers: input.workers,
    timeoutMs: input.timeout,
    graceMs: input.grace,
    temproot: beside(input.temproot ?? tmpdir()),
    datadir: beside(input.datadir),
    keepWorkspace: input.keep_workspace,
    fullPollEveryMs: input.full_poll_every,
    maxLogSizeBytes: input.max_log_size,
    minFreeDiskBytes: input.min_free_disk,
    retention: input.retention,
    env: envOf(input.env),
    submodules: input.submodules,
    credential: credentialOf(input, beside),
    logFormat: input.log_format,
    ignoredKeys: ignoredKeys.filter((key) => input[key] !== undefined),
  };
}

function forgeOf(
  { baseurl, forge, api_url }: AmpInput,
  { apiUrl }: Surroundings,
): Pick<Config, 'forge' | 'apiUrl'> {
  if (forge === 'git' || baseurl.kind === 'git') return { forge: 'git', apiUrl: null };
  return { forge: 'github', apiUrl: api_url?.apiUrl ?? apiUrl ?? apiUrlOf(baseurl.server) };
}

interface RepoPlace {
  readonly owner: string;
  readonly path: Path;
  readonly lineOf: (path: Path) => number;
}

function resolveRepo(input: RepoInput, { owner, path, lineOf }: RepoPlace): RepoSetting {
  const settings: RepoMap = typeof input === 'string' ? { name: input } : input;
  const repo = parseRepoName(settings.name, owner);
  return {
    ...repo,
    glob: isGlob(repo.name),
    branches: patternList(settings.branches, lineOf([...path, 'branches'])),
    scripts: settings.scripts ? scriptsOf(settings.scripts, [...path, 'scripts'], lineOf) : null,
    timeoutMs: settings.timeout ?? null,
    submodules: settings.submodules ?? null,
    env: settings.env ? envOf(settings.env) : null,
    line: lineOf(path),
  };
}

function patternList(patterns: readonly string[] | null | undefined, line: number): PatternList | null {
  return patterns ? { patterns, line } : null;
}

function scriptsOf(
  scripts: ReadonlyMap<string, readonly string[]>,
  path: Path,
  lineOf: RepoPlace['lineOf'],
): Scripts {
  return Array.from(scripts, ([key, names]) => ({ key, scripts: names, line: lineOf([...path, key]) }));
}

function envOf(env: AmpInput['env']): readonly EnvSetting[] {
  return Array.from(env, ([name, setting]) =>
    typeof setting === 'string'
      ? { name, value: setting, secret: false }
      : { name, value: setting.value, secret: setting.secret ?? false },
  );
}

function credentialOf(input: AmpInput, beside: (path: string) => string): CredentialSetting {
  if (input.token_file) return { kind: 'token_file', path: beside(input.token_file) };
  if (!input.app) return { kind: 'environment' };
  const { id, installation_id, private_key_file } = input.app;
  return {
    kind: 'app',
    id,
    installationId: installation_id ?? null,
    privateKeyFile: beside(private_key_file),
  };
}
