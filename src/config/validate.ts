import * as v from 'valibot';
import { nearest } from '../domain/nearest.ts';
import type { Mistake, Path } from './mistake.ts';
import {
  type AmpInput,
  ampEntries,
  ampSchema,
  appEntries,
  ignoredKeys,
  repoEntries,
  retentionEntries,
} from './schema.ts';

/** Checks data against the schema. Mistakes about a key (unknown) are to be shown at the key: `atKey`. */
export function validate(
  data: unknown,
): { readonly input: AmpInput } | { readonly mistakes: readonly SchemaMistake[] } {
  const result = v.safeParse(ampSchema, data);
  return result.success ? { input: result.output } : { mistakes: result.issues.map(mistakeOf) };
}

export interface SchemaMistake extends Mistake {
  readonly part: 'key' | 'value';
}

function mistakeOf(issue: v.InferIssue<typeof ampSchema>): SchemaMistake {
  const items: readonly { readonly key: unknown; readonly origin: string }[] = issue.path ?? [];
  const path = items.map(({ key }) => (typeof key === 'number' ? key : String(key)));
  if (issue.type === 'never') return { path, part: 'key', message: unknownKey(path) };
  const isAboutKey = items.at(-1)?.origin === 'key';
  if (isAboutKey && issue.type === 'object_with_rest')
    return { path, part: 'value', message: missingKey(String(path.at(-1))) };
  return { path, part: isAboutKey ? 'key' : 'value', message: issue.message };
}

const wanted: Readonly<Record<string, string>> = {
  baseurl: 'the address of the owner, such as https://github.com/OWNER',
  repos: 'the list of repositories to build',
  name: 'the name of the repository',
  id: "the App's number",
  private_key_file: "the file with the App's private key",
  value: "the variable's value",
};

function missingKey(key: string): string {
  return `is missing; expected ${wanted[key] ?? 'a value'}`;
}

function unknownKey(path: Path): string {
  const key = String(path.at(-1));
  if (/token|password|secret|private_key$/i.test(key))
    return 'secrets are never in this file; use token_file, app, or GITHUB_TOKEN in the environment';
  const known = keysAt(path);
  if (path.length > 1 && Object.hasOwn(ampEntries, key))
    return `is a setting for the top level only; allowed here: ${known.join(', ')}`;
  const near = nearest(key, known);
  return near ? `unknown key; did you mean ${near}?` : `unknown key; known here: ${known.join(', ')}`;
}

/** Known, but not worth a recommendation. */
const useless: ReadonlySet<string> = new Set([...ignoredKeys, 'notify', 'report']);

function keysAt([top, ...rest]: Path): readonly string[] {
  if (rest.length === 0) return Object.keys(ampEntries).filter((key) => !useless.has(key));
  if (top === 'app') return Object.keys(appEntries);
  if (top === 'retention') return Object.keys(retentionEntries);
  return rest.length === 2 && top === 'repos' ? Object.keys(repoEntries) : ['value', 'secret'];
}
