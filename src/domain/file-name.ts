import { sha256 } from './sha256.ts';

/** Room for what callers append (`.log`, `.git.partial-…`) below the 255 bytes that file systems allow. */
const maxLength = 200;
const keptOfLongNames = 120;

/**
 * The name of a file or folder for any name (repository, branch): two names never share one, none leads out
 * of its folder, is hidden or reads as an option. At most 200 characters of `A-Z a-z 0-9 _ . - %` and `~`.
 * Injective; beyond 200 characters by SHA-256.
 */
export function fileName(name: string): string {
  // No other name makes a lone `%`, nor `%~`.
  if (name === '') return '%';
  const encoded = name.replace(/[^A-Za-z0-9_.-]|^[.-]/gu, escaped);
  if (encoded.length <= maxLength) return encoded;
  return `${encoded.slice(0, keptOfLongNames)}%~${sha256(encoded)}`;
}

function escaped(character: string): string {
  // Half of a surrogate pair is no character and has no UTF-8.
  if (/^\p{Surrogate}$/u.test(character)) return `%u${hex(character)}`;
  const byPercent = encodeURIComponent(character);
  return byPercent === character ? `%${hex(character)}` : byPercent;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
