import type { WantedRepo } from '../forge.ts';

/** What the 304 of an owner's first page stands for; stored with its ETag. */
export interface ListingSummary {
  /** Where the owner's repositories are listed: it differs between organisations, people and oneself. */
  readonly path: string;
  /** The configured names and globs that it was read for. */
  readonly wanted: string;
  /** The latest `pushed_at` at that time; null: the owner has no repository. */
  readonly newest: string | null;
  /** Forge ids of watched repositories that the listing does not show: it says nothing of their pushes. */
  readonly unlisted: readonly string[];
  /** `pushed_at` (null: not listed) of repositories in trouble at that time; when it moves they are worth a question. */
  readonly troubled: Readonly<Record<string, string | null>>;
  /** Nothing is left to be asked: a 304 alone says that nothing happened. */
  readonly settled: boolean;
}

/** The part of the configuration that concerns an owner, as text to compare. */
export function wantedText(wanted: readonly WantedRepo[]): string {
  return [...new Set(wanted.map(({ name, glob }) => `${glob ? 'glob ' : ''}${name.toLowerCase()}`))]
    .sort()
    .join('\n');
}

/** null: written by another version, or broken. */
export function parseSummary(text: string): ListingSummary | null {
  try {
    const summary = JSON.parse(text) as ListingSummary;
    return typeof summary.wanted === 'string' && Array.isArray(summary.unlisted) ? summary : null;
  } catch {
    return null;
  }
}
