import * as v from 'valibot';
import { durationForm, parseDuration } from '../domain/duration.ts';
import { parseSize, sizeForm } from '../domain/size.ts';
import { parseApiUrl, parseBaseUrl } from './base-url.ts';
import { expected, shown } from './mistake.ts';
import {
  branchMistake,
  branchPatternMistake,
  envNameMistake,
  envValueMistake,
  pathMistake,
  repoMistake,
  scriptsKeyMistake,
  singleRepoMistake,
} from './names.ts';

// The one schema of amp.yaml: types, limits and messages. Defaults are filled in by `resolve`. An empty value
// (`env:` and nothing behind it) is as good as no key at all.

const text = (what: string) => v.string(expected(what));

/** Text that a function finds nothing wrong with. */
const checked = (what: string, mistakeIn: (value: string) => string | null) =>
  v.pipe(
    text(what),
    v.check(
      (value) => mistakeIn(value) === null,
      ({ input }) => mistakeIn(input) ?? '',
    ),
  );

/** Text that a function reads into something else, or says as text what is wrong. */
const parsed = <T extends object | number>(what: string, parse: (value: string) => T | string) =>
  v.pipe(
    text(what),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const result = parse(dataset.value);
      if (typeof result !== 'string') return result;
      addIssue({ message: result });
      return NEVER;
    }),
  );

const measure = (form: string, parse: (value: string) => number | null) =>
  parsed(form, (value) => parse(value) ?? expected(form)({ input: value }));

const duration = measure(durationForm, parseDuration);
const size = measure(sizeForm, parseSize);
const positive = (what: string) => v.pipe(duration, v.minValue(1, `expected more than 0 for ${what}`));

/** setTimeout takes at most 2^31 - 1 ms and fires at once beyond. */
const timeout = v.pipe(
  positive('the time that a build may take'),
  v.maxValue(24 * 86_400_000, 'at most 24d'),
);

const whole = (what: string, min: number, max: number) => {
  const message = expected(`${what} (a whole number from ${min} to ${max})`);
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
};

const yesOrNo = v.boolean(expected('true or false'));
const choice = <const T extends string>(...names: readonly T[]) =>
  v.picklist(names, expected(names.map((name) => `"${name}"`).join(' or ')));

const list = <T extends v.GenericSchema>(what: string, item: T) =>
  v.pipe(
    v.array(item, ({ input }) => `${expected(what)({ input })}${listHint(input)}`),
    v.minLength(1, `expected ${what}, got an empty one`),
  );

const listHint = (input: unknown) => (typeof input === 'string' ? `; write [${shown(input)}]` : '');

const isMap = (input: unknown): input is Map<string, unknown> => input instanceof Map;

/** A map with these keys and no others. Its missing and unknown keys are worded by `validate`. */
const settings = <T extends v.ObjectEntries>(what: string, entries: T) =>
  v.pipe(
    v.custom<Map<string, unknown>>(isMap, expected(what)),
    v.transform((map): Record<string, unknown> => Object.fromEntries(map)),
    v.objectWithRest(entries, v.never()),
  );

const branches = list('a list of globs', checked('a glob', branchPatternMistake));

const scriptList = list(
  'a list of scripts',
  checked('the name of a script', (name) => pathMistake(name)),
);
const scripts = v.map(
  checked('a branch, a glob, a repository or "*"', scriptsKeyMistake),
  scriptList,
  expected('a map from branches to lists of scripts'),
);

const envText = checked('text', envValueMistake);
const envSecret = settings('a map of value and secret', { value: envText, secret: v.nullish(yesOrNo) });
const env = v.map(
  checked('the name of a variable', envNameMistake),
  v.lazy((input): v.GenericSchema<unknown, EnvValue> => (isMap(input) ? envSecret : envText)),
  expected('a map from names to values'),
);

type EnvValue = string | { readonly value: string; readonly secret?: boolean | null | undefined };

const path = checked('a path', pathMistake);
const repoName = checked('the name of a repository', repoMistake);
export const repoEntries = {
  name: repoName,
  branches: v.nullish(branches),
  scripts: v.nullish(scripts),
  timeout: v.nullish(timeout),
  submodules: v.nullish(yesOrNo),
  env: v.nullish(env),
};
const repoSettings = settings('the name of a repository or a map', repoEntries);
export type RepoInput = string | RepoMap;
export type RepoMap = v.InferOutput<v.ObjectSchema<typeof repoEntries, undefined>>;
const repo = v.lazy(
  (input): v.GenericSchema<unknown, RepoInput> => (typeof input === 'string' ? repoName : repoSettings),
);

const bootstrapRebuilds = v.lazy(
  (input): v.GenericSchema<unknown, 'default_branch' | readonly string[]> =>
    Array.isArray(input)
      ? branches
      : v.literal('default_branch', expected('"default_branch" or a list of globs')),
);

const unsupported = v.custom<null>((input) => input === null, 'is not supported yet; remove it');

export const appEntries = {
  id: whole("the App's number", 1, Number.MAX_SAFE_INTEGER),
  installation_id: v.nullish(whole("the installation's number", 1, Number.MAX_SAFE_INTEGER)),
  private_key_file: path,
};

export const retentionEntries = {
  builds: v.nullish(whole('builds', 1, 1_000_000), 100),
  days: v.nullish(whole('days', 1, 36_500), 90),
};

export const ampEntries = {
  baseurl: parsed('the address of an owner', parseBaseUrl),
  repos: list('a list of repositories', repo),
  scripts: v.nullish(scripts, () => new Map()),
  branches: v.nullish(branches),
  bootstrap: v.optional(
    v.nullable(checked('the name of a repository, or null', singleRepoMistake)),
    'amp_bootstrap',
  ),
  bootstrap_branch: v.nullish(checked('a branch', branchMistake)),
  bootstrap_rebuilds: v.nullish(bootstrapRebuilds, 'default_branch'),
  first_poll: v.nullish(choice('default_branch', 'none', 'all'), 'default_branch'),
  forge: v.nullish(choice('github', 'git')),
  api_url: v.nullish(parsed('the address of an API', parseApiUrl)),
  token_file: v.nullish(path),
  app: v.nullish(settings('a map of id, installation_id and private_key_file', appEntries)),
  workers: v.nullish(whole('workers', 1, 256), 2),
  timeout: v.nullish(timeout, '2h'),
  grace: v.nullish(v.pipe(duration, v.maxValue(3_600_000, 'at most 1h')), '10s'),
  temproot: v.nullish(path),
  datadir: v.nullish(path, '.'),
  keep_workspace: v.nullish(choice('never', 'on_failure'), 'never'),
  full_poll_every: v.nullish(positive('the time between full polls'), '10m'),
  max_log_size: v.nullish(v.pipe(size, v.minValue(1024, 'at least 1KiB')), '200MB'),
  min_free_disk: v.nullish(size, '1GB'),
  retention: v.nullish(settings('a map of builds and days', retentionEntries), () => new Map()),
  env: v.nullish(env, () => new Map()),
  submodules: v.nullish(yesOrNo, true),
  log_format: v.nullish(choice('text', 'json'), 'text'),
  executor: v.nullish(
    v.literal('local', ({ input }) => `${shown(input)} is not supported yet; write "local"`),
  ),
  notify: v.nullish(unsupported),
  report: v.nullish(unsupported),
  host: v.optional(v.unknown()),
  port: v.optional(v.unknown()),
};

/** Keys of the predecessor's listener: accepted, ignored, mentioned by `check`. */
export const ignoredKeys = ['host', 'port'] as const;

export const ampSchema = settings(
  'a map of settings such as "baseurl: https://github.com/OWNER"',
  ampEntries,
);

/** What a valid amp.yaml says, before defaults. */
export type AmpInput = v.InferOutput<typeof ampSchema>;
