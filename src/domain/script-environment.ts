import type { Build } from './build.ts';
import type { EnvSetting } from './config.ts';
import { secretForms } from './secret-forms.ts';

export interface ScriptSurroundings {
  /** ampci's own environment: cron's. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** `env` of the configuration. */
  readonly settings: readonly EnvSetting[];
  /** Tokens that authenticate ampci: variables that hold one in any form are not passed on. */
  readonly tokens: readonly string[];
  readonly build: Pick<Build, 'id' | 'repo' | 'branch' | 'sha' | 'previousSha' | 'bootstrapSha' | 'reason'>;
  /** Absolute path; has a folder `tmp`. */
  readonly workspace: string;
  /** Recognises the processes of the build. */
  readonly mark: string;
}

/** The whole environment of a build's scripts: cron's less all tokens, then `env`, then what tells of the build. */
export function scriptEnvironment(surroundings: ScriptSurroundings): Record<string, string> {
  const { settings, build, workspace, mark } = surroundings;
  const temporary = `${workspace}/tmp`;
  return {
    ...withoutTokens(surroundings),
    ...Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    CI: 'true',
    TMP: temporary,
    TMPDIR: temporary,
    TEMP: temporary,
    AMPCI_BUILD_ID: String(build.id),
    AMPCI_REPO: build.repo,
    AMPCI_BRANCH: build.branch,
    AMPCI_REF: `refs/heads/${build.branch}`,
    AMPCI_SHA: build.sha,
    AMPCI_PREVIOUS_SHA: build.previousSha ?? '',
    AMPCI_BOOTSTRAP_SHA: build.bootstrapSha ?? '',
    AMPCI_REASON: build.reason,
    AMPCI_WORKSPACE: workspace,
    AMPCI_BUILD_MARK: mark,
  };
}

/** GitHub's tokens by their names, and whatever is ampci's own. */
const withheldNames = /^(?:(?:GITHUB|GH)_(?:.*_)?TOKEN.*|AMPCI_.*)$/;
/** Git takes these only together: one that carries authorization takes the others with it. */
const gitConfig = /^GIT_CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+|PARAMETERS)$/;

function withoutTokens({ inherited, tokens }: ScriptSurroundings): Record<string, string> {
  const forms = secretForms(tokens);
  const withheld = (name: string, value: string) =>
    withheldNames.test(name) || forms.some((form) => value.includes(form));
  const set = Object.entries(inherited).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const authorizesGit = set.some(
    ([name, value]) => gitConfig.test(name) && (withheld(name, value) || /\.extraheader/i.test(value)),
  );
  return Object.fromEntries(
    set.filter(([name, value]) => !withheld(name, value) && !(authorizesGit && gitConfig.test(name))),
  );
}
