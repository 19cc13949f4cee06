import type { SimpleGitOptions } from 'simple-git';
import { withAuthorities } from './authorities.ts';
import { credentials, gitEnvironment } from './environment.ts';
import { killWhenAborted } from './processes.ts';
import { GitTroubleError, troubleFrom } from './trouble.ts';

export interface GitCommand {
  readonly args: readonly string[];
  /** Working directory; must exist. */
  readonly cwd: string;
  /** What is tried, as the start of a sentence: `cannot fetch amppd`. */
  readonly subject: string;
  readonly signal: AbortSignal;
  /** Absolute path of the mirror whose objects it reads: an error about a file there is one, though git may go on. */
  readonly mirror?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs git to its end and resolves to its standard output. Throws a GitTroubleError for any other end. */
export type RunGit = (command: GitCommand) => Promise<Buffer>;

export interface GitAccess {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the token may be sent. */
  readonly server: string;
  readonly token: ((signal: AbortSignal) => Promise<string>) | null;
}

interface Ending {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The one door to git. */
export function openGitCommands(access: GitAccess): RunGit {
  const base = withAuthorities(access.environment);
  return async (command) => {
    if (command.signal.aborted) throw stopped(command);
    const token = await tokenFor(access, command);
    const ending = await run(command, gitEnvironment({ ...command, base, server: access.server, token }));
    if (command.signal.aborted) throw stopped(command);
    if (ending.exitCode === 0 && !isDamaged(command, ending)) return ending.stdout;
    const words = ending.stderr || `ended by a signal or with exit code ${ending.exitCode}, without a word`;
    throw troubleFrom(masked(words, token), command.subject);
  };
}

async function tokenFor({ token }: GitAccess, command: GitCommand): Promise<string | null> {
  try {
    return (await token?.(command.signal)) ?? null;
  } catch (error) {
    throw command.signal.aborted ? stopped(command) : error;
  }
}

let commandCount = 0;

/** No two commands ever share one, though a pid may come again. To load node:crypto for it takes a build 3 ms. */
function newMark(): string {
  commandCount += 1;
  return `${process.pid}-${performance.timeOrigin}-${commandCount}`;
}

async function run({ args, cwd, signal }: GitCommand, env: Record<string, string>): Promise<Ending> {
  const { simpleGit } = await import('simple-git');
  const [name, value] = ['AMPCI_GIT', newMark()];
  let ending: Ending = { exitCode: null, stdout: Buffer.alloc(0), stderr: '' };
  const stopKilling = killWhenAborted(`${name}=${value}`, signal);
  try {
    const git = simpleGit({
      baseDir: cwd,
      // A session of its own: no terminal to prompt on, and its processes are not taken for the caller's.
      binary: ['setsid', 'git'],
      abort: signal,
      allowEnvironment: Object.keys(env),
      unsafe,
      errors(error, { exitCode, stdOut, stdErr }) {
        const [stdout, stderr] = [Buffer.concat(stdOut), Buffer.concat(stdErr).toString()];
        const isGits = !(error instanceof Error);
        ending = isGits
          ? { exitCode, stdout, stderr }
          : { exitCode: null, stdout, stderr: `${error.message}\n${stderr}` };
        return undefined;
      },
    });
    await git.env({ ...env, [name]: value }).raw([...args]);
    return ending;
  } catch (error) {
    // What simple-git throws then has not come from git: it could not be started.
    return { exitCode: null, stdout: Buffer.alloc(0), stderr: String(error) };
  } finally {
    await stopKilling();
  }
}

/** Git fetches anew what it misses, beside the broken file, and complains of that ever after. */
function isDamaged({ mirror }: GitCommand, { stderr }: Ending): boolean {
  return (
    mirror !== undefined &&
    stderr.split('\n').some((line) => line.startsWith('error:') && line.includes(mirror))
  );
}

function stopped({ subject, signal }: GitCommand): GitTroubleError {
  if (signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError') {
    return new GitTroubleError('unreachable', `${subject}: the server did not answer in time`);
  }
  return new GitTroubleError('stopped', `${subject}: stopped`);
}

function masked(text: string, token: string | null): string {
  return token ? text.replaceAll(token, '***').replaceAll(credentials(token), '***') : text;
}

/**
 * simple-git guards programs that pass on their users' arguments and surroundings. Here every argument is
 * composed in this folder, names from outside stand only where git takes no option, and the settings that
 * simple-git would refuse are those that switch hooks and `ext::` off.
 */
const unsafe: NonNullable<SimpleGitOptions['unsafe']> = Object.fromEntries(
  [
    'Alias',
    'AskPass',
    'CommandBinaries',
    'ConfigPaths',
    'ConfigEnvCount',
    'CredentialHelper',
    'Editor',
    'MergeDriver',
    'Pager',
    'ProtocolOverride',
    'Pack',
    'SshCommand',
    'GitProxy',
    'Exec',
    'HooksPath',
    'DiffExternal',
    'DiffTextConv',
    'Filter',
    'FsMonitor',
    'GpgProgram',
    'TemplateDir',
    'Include',
    'Submodule',
    'UrlRewrite',
  ].map((category) => [`allowUnsafe${category}`, true]),
);
