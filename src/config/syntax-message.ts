import { shown } from './mistake.ts';

const wordings: Readonly<Record<string, (found: string) => string>> = {
  TAB_AS_INDENT: () => 'a tab indents this line; YAML allows only spaces',
  DUPLICATE_KEY: (found) => `the key ${shown(found)} is there twice; remove one`,
  MULTIPLE_DOCS: () => 'a second document starts here ("---"); keep one',
  NON_STRING_KEY: (found) => `the key ${shown(found)} is no text; put it in quotes`,
  TAG_RESOLVE_FAILED: (found) => `${shown(found)} starts with "!" and needs quotes: '${found}'`,
  BAD_ALIAS: (found) => `${shown(found)} starts with "*" and needs quotes: '${found}'`,
  MISSING_CHAR: () => 'something is not closed here (a quote, a bracket, or a key without ":")',
};

/** What a YAML error means to somebody who edits amp.yaml. `rest` is the file's text from the error on. */
export function syntaxMessage(code: string, message: string, rest: string): string {
  const found = /^[^\s,\]}]+/.exec(rest)?.[0] ?? '';
  const wording = found.startsWith('*') ? wordings.BAD_ALIAS : wordings[code];
  return wording?.(found.replace(/:$/, '')) ?? `no valid YAML: ${message.split('\n')[0]}`;
}
