export interface CloneSettings {
  readonly url: string;
  readonly branch: string;
  readonly sha: string;
}

/** `.git/config` as `git clone --branch` writes it (git-config(1), Syntax). */
export function cloneConfig({ url, branch, sha }: CloneSettings): string {
  const isSha256 = sha.length === 64;
  return [
    '[core]',
    `\trepositoryformatversion = ${isSha256 ? 1 : 0}`,
    '\tfilemode = true',
    '\tbare = false',
    '\tlogallrefupdates = true',
    ...(isSha256 ? ['[extensions]', '\tobjectformat = sha256'] : []),
    '[remote "origin"]',
    `\turl = ${quoted(url)}`,
    '\tfetch = +refs/heads/*:refs/remotes/origin/*',
    `[branch ${quoted(branch)}]`,
    '\tremote = origin',
    `\tmerge = ${quoted(`refs/heads/${branch}`)}`,
    '',
  ].join('\n');
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
