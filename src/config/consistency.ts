import { isGlob } from '../domain/glob.ts';
import type { BaseUrl } from './base-url.ts';
import { parseBaseUrl } from './base-url.ts';
import type { Mistake } from './mistake.ts';
import { githubNameMistake, repoMistake } from './names.ts';

type Settings = ReadonlyMap<string, unknown>;

/**
 * What no single value shows: settings that do not go together. Takes the data as it was read, valid or not, so
 * that these mistakes are told together with those that the schema finds.
 */
export function inconsistencies(data: unknown): readonly Mistake[] {
  if (!(data instanceof Map)) return [];
  const settings: Settings = data;
  return [
    ...missingScripts(settings),
    ...doubleRepos(settings),
    ...forgeMistakes(settings),
    ...credentialMistakes(settings),
  ];
}

function reposOf(settings: Settings): readonly unknown[] {
  const repos = settings.get('repos');
  return Array.isArray(repos) ? repos : [];
}

function nameOf(entry: unknown): string | null {
  const name = entry instanceof Map ? entry.get('name') : entry;
  return typeof name === 'string' ? name : null;
}

function missingScripts(settings: Settings): readonly Mistake[] {
  if (isGiven(settings)) return [];
  const needing = reposOf(settings).findIndex((entry) => !(entry instanceof Map && isGiven(entry)));
  const message = 'is missing; expected what to run, such as {"*": [build.sh]}';
  return needing < 0 ? [] : [{ path: ['scripts'], message }];
}

function isGiven(settings: Settings): boolean {
  const scripts = settings.get('scripts');
  return scripts instanceof Map ? scripts.size > 0 : Boolean(scripts);
}

function doubleRepos(settings: Settings): readonly Mistake[] {
  const names = reposOf(settings).map(nameOf);
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (name === null || first === index) return [];
    return [{ path: ['repos', index], message: `"${name}" is already repos[${first}]; remove one` }];
  });
}

function forgeMistakes(settings: Settings): readonly Mistake[] {
  const text = settings.get('baseurl');
  const base = typeof text === 'string' ? parseBaseUrl(text) : 'missing';
  if (typeof base === 'string') return [];
  const isGit = settings.get('forge') === 'git' || base.kind === 'git';
  return isGit ? gitMistakes(settings, base) : githubMistakes(settings, base);
}

function gitMistakes(settings: Settings, base: BaseUrl): readonly Mistake[] {
  const needless = ['api_url', 'app'].filter((key) => settings.get(key));
  const globs = base.server.startsWith('file:') ? [] : reposOf(settings).map(nameOf);
  return [
    ...(settings.get('forge') === 'github'
      ? [{ path: ['forge'], message: 'github needs a baseurl that starts with https://' }]
      : []),
    ...needless.map((key) => ({
      path: [key],
      message: 'is only for GitHub, and plain git is asked here; remove it',
    })),
    ...globs.flatMap((name, index) =>
      name !== null && isGlob(name)
        ? [
            {
              path: ['repos', index],
              message: `plain git cannot list repositories; name them instead of "${name}"`,
            },
          ]
        : [],
    ),
  ];
}

function githubMistakes(settings: Settings, base: BaseUrl): readonly Mistake[] {
  const isNested = new URL(base.server).pathname !== '/';
  const names = [settings.get('bootstrap')].filter((name) => typeof name === 'string');
  const named = [
    ...names.map((name) => ({ path: ['bootstrap'], name })),
    ...reposOf(settings).map((entry, index) => ({ path: ['repos', index], name: nameOf(entry) })),
  ];
  return [
    ...(isNested
      ? [
          {
            path: ['baseurl'],
            message: 'expected https://HOST/OWNER; for another git server add "forge: git"',
          },
        ]
      : []),
    ...named.flatMap(({ path, name }) => {
      const message = name === null || repoMistake(name) !== null ? null : githubNameMistake(name);
      return message === null ? [] : [{ path, message }];
    }),
  ];
}

function credentialMistakes(settings: Settings): readonly Mistake[] {
  const isBoth = settings.get('token_file') && settings.get('app');
  return isBoth ? [{ path: ['app'], message: 'and token_file exclude each other; remove one' }] : [];
}
