import { type Errand, type Mirrors, readingMirror } from './mirror.ts';

/** What a commit says about itself. */
export interface Commit {
  readonly sha: string;
  readonly author: string;
  readonly authorEmail: string;
  readonly subject: string;
  /** The whole message, subject included. */
  readonly message: string;
}

/** Reads a commit that the mirror at `path` has. Throws a GitTroubleError. */
export async function readCommit(
  mirrors: Mirrors,
  { path, sha, ...errand }: Errand & { readonly path: string; readonly sha: string },
): Promise<Commit> {
  const output = await mirrors.run({
    ...readingMirror(path, errand),
    // Without configuration: log.showSignature would start gpg.
    args: [
      'log',
      '-1',
      '--no-show-signature',
      '--no-notes',
      '--no-color',
      '--encoding=UTF-8',
      '--format=%an%x00%ae%x00%s%x00%B',
      sha,
      '--',
    ],
    subject: `cannot read commit ${sha}`,
  });
  const [author = '', authorEmail = '', subject = '', message = ''] = output.toString().split('\0');
  return { sha, author, authorEmail, subject, message: message.trimEnd() };
}
