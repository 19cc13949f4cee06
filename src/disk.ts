import { statfs } from 'node:fs/promises';

/** Bytes that an ordinary user may still write on the file system of an existing path. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
