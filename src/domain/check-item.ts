/** One line of `check`. A warning leaves ampci working; a problem keeps it from its job. */
export interface CheckItem {
  readonly item: string;
  readonly state: CheckState;
  /** What was looked at and what was found. */
  readonly found: string;
  /** What to do; null where nothing is to be done, or `found` says it. */
  readonly wayOut: string | null;
}

export type CheckState = 'ok' | 'skipped' | 'warning' | 'problem';

export function ok(item: string, found: string): CheckItem {
  return { item, state: 'ok', found, wayOut: null };
}

export function skipped(item: string, found: string): CheckItem {
  return { item, state: 'skipped', found, wayOut: null };
}

export function warning(item: string, found: string, wayOut: string): CheckItem {
  return { item, state: 'warning', found, wayOut };
}

export function problem(item: string, found: string, wayOut: string | null): CheckItem {
  return { item, state: 'problem', found, wayOut };
}
