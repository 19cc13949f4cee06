/** What a git command runs with, besides the environment of ampci itself. */
export interface GitSurroundings {
  /** Of ampci; git's own variables in it count only where they say how to reach servers. */
  readonly base: Readonly<Record<string, string | undefined>>;
  /** Where the token may be sent: scheme, host and port, or a prefix of a URL. */
  readonly server: string;
  /** Secret. null: none. */
  readonly token: string | null;
  /** Configuration for this command, in git's own keys. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** A proxy, a CA file or a deploy key of the site stay in force; a GIT_DIR around the crontab does not. */
const inherited =
  /^GIT_(CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|SSL_\w+|PROXY_SSL_\w+|SSH|SSH_COMMAND|SSH_VARIANT|HTTP_\w+|EXEC_PATH|TRACE2_EVENT)$/;

/**
 * The environment of a git command: it never prompts, runs no hook and no `ext::` URL, speaks English, and has
 * the token as a header for `server` alone. Secret, and for git's processes only.
 */
export function gitEnvironment(surroundings: GitSurroundings): Record<string, string> {
  const { base, server, token, settings = {}, variables = {} } = surroundings;
  const kept = Object.entries(base).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (!entry[0].startsWith('GIT_') || inherited.test(entry[0])),
  );
  const env: Record<string, string> = { ...Object.fromEntries(kept), ...quiet, ...variables };
  let count = Number(env.GIT_CONFIG_COUNT ?? 0);
  const all = { ...always, ...settings, ...(token ? { [headerKey(server)]: header(token) } : {}) };
  for (const [key, value] of Object.entries(all)) {
    env[`GIT_CONFIG_KEY_${count}`] = key;
    env[`GIT_CONFIG_VALUE_${count}`] = value;
    count += 1;
  }
  env.GIT_CONFIG_COUNT = String(count);
  return env;
}

/** Git compares scheme, host and port as wholes (`https://host` does not match `https://host.example`), the path by its parts. */
function headerKey(server: string): string {
  return `http.${server.replace(/\/*$/, '/')}.extraHeader`;
}

function header(token: string): string {
  return `Authorization: Basic ${credentials(token)}`;
}

/** As GitHub wants a token in HTTP's basic authentication. Secret. */
export function credentials(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

const quiet: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  LANGUAGE: '',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: 'false',
  SSH_ASKPASS: 'false',
  // ssh asks for passphrases and unknown hosts by this program even when there is a terminal (OpenSSH 8.4).
  SSH_ASKPASS_REQUIRE: 'force',
  GCM_INTERACTIVE: 'never',
  // The mirrors' references are read as files.
  GIT_DEFAULT_REF_FORMAT: 'files',
};

const always: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.logAllRefUpdates': 'false',
  'credential.interactive': 'false',
  'protocol.version': '2',
  'protocol.ext.allow': 'never',
  'submodule.recurse': 'false',
  // A server that accepts and then says nothing would keep a build for its whole time.
  'http.lowSpeedLimit': '1',
  'http.lowSpeedTime': '120',
};
