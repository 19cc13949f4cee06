import type { Config } from '../domain/config.ts';
import { UserError } from '../user-error.ts';
import { parseApiUrl } from './base-url.ts';
import { inconsistencies } from './consistency.ts';
import { type AmpDocument, readDocument } from './document.ts';
import { describeMistakes, type Path, type PlacedMistake } from './mistake.ts';
import { resolveConfig } from './resolve.ts';
import { validate } from './validate.ts';

export interface ConfigText {
  /** As the user named the file, for messages. */
  readonly label: string;
  /** Absolute path of the file. */
  readonly file: string;
  readonly text: string;
  readonly githubApiUrl: string | undefined;
}

/** The configuration that the text means. Throws one UserError with every mistake in it. */
export function parseConfig({ label, file, text, githubApiUrl }: ConfigText): Config {
  const document = readDocument(text);
  const validated = document.data === undefined ? { mistakes: [] } : validate(document.data);
  const schemaMistakes = 'mistakes' in validated ? validated.mistakes : [];
  const mistakes: readonly PlacedMistake[] = [
    ...document.mistakes,
    ...schemaMistakes.map((mistake) => ({ ...mistake, ...document.place(mistake.path, mistake.part) })),
    ...placedInconsistencies(document),
  ];
  const environment = environmentApiUrl(githubApiUrl);
  if (mistakes.length > 0 || 'mistakes' in validated || typeof environment === 'string') {
    const lines = [describeMistakes(label, mistakes), typeof environment === 'string' ? environment : ''];
    throw new UserError(lines.filter((line) => line !== '').join('\n'));
  }
  const lineOf = (path: Path) => document.place(path, 'key').line;
  return resolveConfig(validated.input, { file, apiUrl: environment?.apiUrl ?? null, lineOf });
}

function placedInconsistencies(document: AmpDocument): readonly PlacedMistake[] {
  return inconsistencies(document.data).map((mistake) => ({ ...mistake, ...document.place(mistake.path) }));
}

/** Null: the variable is not set. Text: the mistake in it. */
function environmentApiUrl(value: string | undefined): { readonly apiUrl: string } | string | null {
  if (!value) return null;
  const parsed = parseApiUrl(value);
  return typeof parsed === 'string' ? `GITHUB_API_URL in the environment: ${parsed}` : parsed;
}
