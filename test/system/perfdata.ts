export interface Perf {
  readonly value: number;
  readonly warning: number | null;
  readonly critical: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** Reads perfdata as the guidelines have it; throws where anything is left over. Ranges that are no number: null. */
export function parsePerfdata(text: string): ReadonlyMap<string, Perf> {
  const item = /^'((?:[^']|'')+)'=(-?[\d.]+)(?:s|B|c|%)?((?:;[^;\s]*){0,4})(?:\s+|$)/;
  const found = new Map<string, Perf>();
  for (let rest = text.trim(); rest !== ''; ) {
    const [all, label = '', value, more = ''] = item.exec(rest) ?? [];
    if (!all || found.has(label)) throw new Error(`no perfdata: ${rest}`);
    const [, warning, critical, min, max] = more.split(';').map(numberOrNull);
    found.set(label, {
      value: Number(value),
      warning: warning ?? null,
      critical: critical ?? null,
      min: min ?? null,
      max: max ?? null,
    });
    rest = rest.slice(all.length);
  }
  return found;
}

function numberOrNull(text: string): number | null {
  return /^-?[\d.]+$/.test(text) ? Number(text) : null;
}
