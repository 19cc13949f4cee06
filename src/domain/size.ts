const unitsBytes = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

/** What {@link parseSize} takes, for messages. */
export const sizeForm = 'a size such as 500MB or 2GiB';

/** Bytes of `500MB` (powers of 1000) or `2GiB` (powers of 1024); null for anything else. */
export function parseSize(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})([kKMGT]?i?B)$/.exec(text) ?? [];
  return count && isUnit(unit) ? Number(count) * unitsBytes[unit] : null;
}

function isUnit(text: string | undefined): text is keyof typeof unitsBytes {
  return text !== undefined && Object.hasOwn(unitsBytes, text);
}

/** As people read it, in powers of 1000: `200 MB`, `1.5 GB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1e6) return `${Math.floor(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.floor(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
