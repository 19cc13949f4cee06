import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** Bytes that an ordinary user may still write on the file system of an existing path. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** The same at once; null: it cannot be told, for there is no such path. */
export function freeBytesIfKnown(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}
