import type { Config, RepoSetting } from '../../src/domain/config.ts';

/** A configuration as amp.yaml with nothing but `baseurl`, `scripts` and `repos` would give it. */
export function configWith(changes: Partial<Config> = {}): Config {
  return {
    file: '/etc/ampci/amp.yaml',
    server: 'https://github.com',
    owner: 'AMP',
    forge: 'github',
    apiUrl: 'https://api.github.com',
    repos: [repoSetting('amppd'), repoSetting('amppd-ui')],
    bootstrap: 'amp_bootstrap',
    bootstrapBranch: null,
    bootstrapRebuilds: 'default_branch',
    firstPoll: 'default_branch',
    branches: null,
    scripts: [{ key: '*', scripts: ['build_packages'], line: 5 }],
    workers: 2,
    timeoutMs: 7_200_000,
    graceMs: 10_000,
    temproot: '/tmp',
    datadir: '/etc/ampci',
    keepWorkspace: 'never',
    fullPollEveryMs: 600_000,
    maxLogSizeBytes: 200_000_000,
    minFreeDiskBytes: 1_000_000_000,
    retention: { builds: 1000, days: 365 },
    env: [],
    submodules: true,
    credential: { kind: 'environment' },
    logFormat: 'text',
    ignoredKeys: [],
    ...changes,
  };
}

export function repoSetting(name: string, changes: Partial<RepoSetting> = {}): RepoSetting {
  return {
    owner: 'AMP',
    name,
    glob: /[*?[]/.test(name),
    branches: null,
    scripts: null,
    timeoutMs: null,
    submodules: null,
    env: null,
    line: 10,
    ...changes,
  };
}
