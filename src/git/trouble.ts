import { UserError } from '../user-error.ts';

/** Why git could not do its part: never the committer's fault. */
export interface GitTrouble {
  readonly kind: GitTroubleKind;
  /** One sentence that names the repository and the way out. No secret in it. */
  readonly message: string;
}

export type GitTroubleKind =
  | 'unreachable'
  | 'forbidden'
  | 'missing'
  /** The server does not have the commit: not yet, or not any more. */
  | 'commit_missing'
  | 'disk_full'
  | 'read_only'
  /** No process, memory or file handle to be had. */
  | 'starved'
  | 'no_git'
  /** Lock files of git's own, in a mirror that nobody else uses. */
  | 'locked'
  /** A branch `a` that is gone stands in the way of `a/b`. */
  | 'stale_refs'
  /** The server gives commits by branch only. */
  | 'sha_refused'
  /** The caller's signal aborted. */
  | 'stopped'
  /** The commit has a file that this system cannot hold. */
  | 'bad_path'
  /** Not in the table: as like as not a damaged mirror. */
  | 'unknown';

/** Thrown within `git/` only; its public functions return the trouble as data. */
export class GitTroubleError extends Error {
  readonly kind: GitTroubleKind;

  constructor(kind: GitTroubleKind, message: string) {
    super(message);
    this.name = 'GitTroubleError';
    this.kind = kind;
  }
}

/** What went wrong, as data; `subject` for what did not come from git. Throws what is a mistake in this program. */
export function asTrouble(error: unknown, subject: string): GitTrouble {
  if (error instanceof GitTroubleError) return { kind: error.kind, message: error.message };
  if (error instanceof UserError) return { kind: 'unknown', message: error.message };
  if (error instanceof Error && error.name === 'AbortError')
    return { kind: 'stopped', message: `${subject}: stopped` };
  // The system's own, from writing a file.
  if (error instanceof Error && 'syscall' in error)
    return asTrouble(troubleFrom(error.message, subject), subject);
  throw error;
}

/**
 * What git means by its last words (with LC_ALL=C), the first that fits: a full disk also says "unable to
 * create", a refusal also "unable to access". Seen from git 2.39 to 2.47, GitHub, GitLab and git-http-backend.
 * Each demands a blank between its words, which no branch has in its name: `fix-ssl` is not a lost connection.
 * Trouble with TLS comes behind "unable to access" or "RPC failed".
 */
const meanings: readonly (readonly [GitTroubleKind, RegExp, string])[] = [
  ['disk_full', /no space left on device|disk quota exceeded|file too large/i, 'the disk is full: make room'],
  // A checkout does not tell the reason.
  ['disk_full', /unable to write file/i, 'a file could not be written, the disk may be full: make room'],
  ['read_only', /read-only file system/i, 'the disk is read-only: check its mount'],
  [
    'starved',
    /cannot fork|resource temporarily unavailable|cannot allocate memory|out of memory|not enough memory|too many open files|file table overflow|spawn \S+ E(AGAIN|MFILE|NFILE|NOMEM)/i,
    'the machine is out of processes, memory or file handles',
  ],
  [
    'no_git',
    /spawn \S+ ENOENT|failed to execute git/,
    'git or setsid (util-linux) is not in the PATH: install them, or set PATH in the crontab',
  ],
  [
    'forbidden',
    /prompts disabled|could not read (username|password)|authentication failed|access denied|permission denied \(|host key verification failed|returned error: 40[13]\b|dubious ownership|transport '' not allowed/i,
    'the server refused it: check the token (or key), its rights and the address',
  ],
  [
    'missing',
    /repository .*not found|does not appear to be a git repository|returned error: (404|410)\b|repository .* does not exist|no such project/i,
    'it is not there, or the token may not see it',
  ],
  // Not what a server says, though it begins so.
  [
    'unknown',
    /unexpected line in .*packed-refs|unexpected object id in .*packed-refs/i,
    'its references are damaged',
  ],
  ['commit_missing', /not our ref/i, 'the server does not have the commit'],
  [
    'sha_refused',
    /unadvertised object|couldn't find remote ref|dumb http transport/i,
    'the server does not give out the commit',
  ],
  [
    'locked',
    /unable to create '': file exists|another git process/i,
    'another git process is at work there, or left its lock files',
  ],
  [
    'stale_refs',
    /exists; cannot create|refname conflict|cannot lock ref|some local refs could not be updated/i,
    'branches that are gone stand in the way',
  ],
  [
    'unreachable',
    /could not resolve|failed to connect|connection (refused|reset|timed out|closed)|couldn't connect|timed out|hung up|early eof|rpc failed|unexpected disconnect|too slow|unable to access|no route to host|network is unreachable|returned error: \d+|not valid: is this a git repository|bad line length|expected (flush|packfile)|unexpected line|unable to find \w+ under/i,
    'the server cannot be reached, or answers nonsense',
  ],
  ['bad_path', /file name too long|invalid path/i, 'the commit has a file that cannot be written here'],
  ['read_only', /permission denied|operation not permitted/i, 'a file may not be accessed: check its owner'],
];

/** `subject`: what was tried, as the start of a sentence (`cannot fetch amppd`). */
export function troubleFrom(stderr: string, subject: string): GitTroubleError {
  const quoted = lastWords(stderr);
  const said = withoutNames(stderr);
  const [kind, , sentence] = meanings.find(([, words]) => words.test(said)) ?? [
    'unknown',
    null,
    'git failed',
  ];
  return new GitTroubleError(kind, `${subject}: ${sentence}${quoted && ` (git: ${quoted})`}`);
}

/** Of files, folders and addresses, which may hold any words, only the quotes are left. One may hold an apostrophe. */
function withoutNames(stderr: string): string {
  return stderr.replace(/(?<![^\s(])'.*?'(?![^\s:;,.)])/g, "''");
}

const longest = 300;

/** The lines that say what is wrong, without the advice and the progress around them; on one line. */
function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const grave = lines.filter((line) => /^(fatal|error|remote: (error|fatal)|ssh|setsid)\b/i.test(line));
  const words = (grave.length > 0 ? grave : lines)
    .slice(-2)
    .join('; ')
    .replace(/\p{Cc}+/gu, ' ');
  return words.length > longest ? `${words.slice(0, longest)}…` : words;
}
