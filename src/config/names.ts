import { globMistake, isGlob } from '../domain/glob.ts';
import { shown } from './mistake.ts';

/** What is wrong with a name as the rest of a sentence; null: nothing. */
type Check = (text: string) => string | null;

/** Control characters, spaces and what a path or an option would be made of. */
const isUnsafe = (segment: string) =>
  segment === '.' || segment === '..' || segment.startsWith('-') || /[\s/\\:]|\p{Cc}/u.test(segment);

/** `name`, `owner/name` or a glob over names. */
export const repoMistake: Check = (text) => {
  const segments = text.split('/');
  const [owner, name] = segments.length === 1 ? [null, text] : [segments[0], segments[1]];
  if (segments.length > 2 || !name || owner === '')
    return `expected NAME, OWNER/NAME or a glob, got ${shown(text)}`;
  if (owner && (isUnsafe(owner) || isGlob(owner))) return `${shown(owner)} is no owner's name`;
  if (!isGlob(name)) return isUnsafe(name) ? `${shown(name)} is no repository's name` : null;
  const mistake = globMistake(name);
  return mistake === null ? null : `${shown(name)} is no glob: ${mistake}`;
};

/** One repository, without globs. */
export const singleRepoMistake: Check = (text) =>
  isGlob(text) ? `expected one repository, got the glob ${shown(text)}` : repoMistake(text);

/** GitHub's own rules are narrower than those of a git server. */
export const githubNameMistake: Check = (text) => {
  const [owner, name] = text.includes('/') ? text.split('/', 2) : [null, text];
  if (owner && !/^[A-Za-z0-9][\w-]*$/.test(owner)) return `${shown(owner)} is no owner's name on GitHub`;
  const isName = isGlob(name ?? '') || /^[\w.-]{1,100}$/.test(name ?? '');
  return isName
    ? null
    : `${shown(name)} is no repository's name on GitHub (letters, digits, "-", "_" and ".")`;
};

/** A glob over branches; with `!` before it an exclude. */
export const branchPatternMistake: Check = (text) => {
  const mistake = globMistake(text.startsWith('!') ? text.slice(1) : text);
  return mistake === null ? null : `${shown(text)} is no glob: ${mistake}`;
};

/** What git allows as a branch's name (git-check-ref-format), roughly. */
export const branchMistake: Check = (text) => {
  const isBranch =
    !/^[-/]|[\s~^:?*[\\]|\p{Cc}|\.\.|@\{|\/\/|[/.]$|\.lock$/u.test(text) && text !== '' && text !== '@';
  return isBranch ? null : `${shown(text)} is no branch's name`;
};

/** A key of `scripts`. */
export const scriptsKeyMistake: Check = (text) => {
  if (text.startsWith('!')) return 'excludes belong into "branches"';
  if (!isGlob(text)) return text === '' ? 'expected a branch, a glob, a repository or "*", got ""' : null;
  const mistake = globMistake(text);
  return mistake === null ? null : `is no glob: ${mistake}`;
};

/** A file or folder; relative ones are beside amp.yaml. */
export const pathMistake: Check = (text) => {
  if (text === '' || /\p{Cc}/u.test(text)) return `expected a path, got ${shown(text)}`;
  return text.startsWith('~') ? `${shown(text)}: only a shell knows "~"; write the whole path` : null;
};

/** A variable for scripts. */
export const envNameMistake: Check = (text) => {
  if (!/^[A-Za-z_]\w*$/.test(text)) return 'is no name of a variable (letters, digits and "_")';
  if (text.startsWith('AMPCI_')) return 'is set by ampci itself; choose another name';
  return ['TMP', 'TMPDIR', 'TEMP'].includes(text) ? 'is set by ampci to a folder inside the workspace' : null;
};

/** The value of such a variable. */
export const envValueMistake: Check = (text) =>
  text.includes('\0') ? 'holds a NUL byte, which no environment can' : null;
