import { type FileHandle, open } from 'node:fs/promises';
import { crashPoint } from '../crash-point.ts';

const chunkBytes = 2 ** 21;
const star = 0x2a;

/** A part of a file, in bytes. */
export interface Range {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Overwrites every form (of `secretForms`) within the range by as many stars, in place and in constant memory.
 * One that began before the range and ends in it is found too.
 */
export async function maskRange({ file, start, end }: Range, forms: readonly string[]): Promise<void> {
  const needles = forms.map((form) => Buffer.from(form));
  if (needles.length === 0 || start >= end) return;
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
  const handle = await open(file, 'r+');
  try {
    await maskChunks(handle, { start: Math.max(0, start - overlap), end, overlap, needles });
  } finally {
    await handle.close();
  }
}

interface Work {
  readonly start: number;
  readonly end: number;
  /** Bytes that two neighbouring windows share: a secret may lie across their border. */
  readonly overlap: number;
  readonly needles: readonly Buffer[];
}

async function maskChunks(handle: FileHandle, { start, end, overlap, needles }: Work): Promise<void> {
  const size = Math.max(chunkBytes, overlap) + overlap;
  const original = Buffer.allocUnsafe(size);
  // What the file holds by now: the shared bytes may be masked already.
  const masked = Buffer.allocUnsafe(size);
  let shared = 0;
  for (let position = start; position < end; ) {
    const length = Math.min(size - shared, end - position);
    const { bytesRead } = await handle.read(original, shared, length, position);
    if (bytesRead === 0) return;
    const filled = shared + bytesRead;
    original.copy(masked, shared, shared, filled);
    const hit = overwrite(masked, original.subarray(0, filled), needles);
    if (hit) {
      await handle.write(masked, hit.from, hit.to - hit.from, position - shared + hit.from);
      crashPoint('logs.mask.written');
    }
    position += bytesRead;
    shared = Math.min(overlap, filled);
    original.copy(original, 0, filled - shared, filled);
    masked.copy(masked, 0, filled - shared, filled);
  }
}

/** Writes stars into `target` wherever `source` has a needle; returns what part that touched, null for none. */
function overwrite(target: Buffer, source: Buffer, needles: readonly Buffer[]) {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const needle of needles) {
    for (let at = source.indexOf(needle); at >= 0; at = source.indexOf(needle, at + 1)) {
      target.fill(star, at, at + needle.length);
      from = Math.min(from, at);
      to = Math.max(to, at + needle.length);
    }
  }
  return to > 0 ? { from, to } : null;
}
