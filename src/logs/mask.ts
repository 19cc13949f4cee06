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
  if (start >= end) return;
  const mask = openMask({ file, start }, forms);
  try {
    await mask.upTo(end);
  } finally {
    await mask.close();
  }
}

/** Masks a file part by part, as it grows. */
export interface Mask {
  /** Goes on from the start, or from where the last call ended. */
  upTo(end: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens the file at the first call that has something to do. */
export function openMask({ file, start }: Omit<Range, 'end'>, forms: readonly string[]): Mask {
  const needles = forms.map((form) => Buffer.from(form));
  const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
  let work: Work | null = null;
  return {
    async upTo(end) {
      if (needles.length === 0) return;
      work ??= {
        ...buffers(overlap),
        handle: await open(file, 'r+'),
        position: Math.max(0, start - overlap),
      };
      await maskChunks(work, { end, overlap, needles });
    },
    close: async () => work?.handle.close(),
  };
}

interface Work {
  readonly handle: FileHandle;
  readonly original: Buffer;
  /** What the file holds by now: the shared bytes may be masked already. */
  readonly masked: Buffer;
  /** Of the file: what comes next. */
  position: number;
  /** Bytes at the buffers' beginning that the window before had too. */
  shared: number;
}

function buffers(overlap: number) {
  const size = Math.max(chunkBytes, overlap) + overlap;
  return { original: Buffer.allocUnsafe(size), masked: Buffer.allocUnsafe(size), shared: 0 };
}

interface Wanted {
  readonly end: number;
  /** Bytes that two neighbouring windows share: a secret may lie across their border. */
  readonly overlap: number;
  readonly needles: readonly Buffer[];
}

async function maskChunks(work: Work, { end, overlap, needles }: Wanted): Promise<void> {
  const { handle, original, masked } = work;
  while (work.position < end) {
    const { position, shared } = work;
    const length = Math.min(original.length - shared, end - position);
    const { bytesRead } = await handle.read(original, shared, length, position);
    if (bytesRead === 0) return;
    const filled = shared + bytesRead;
    original.copy(masked, shared, shared, filled);
    const hit = overwrite(masked, original.subarray(0, filled), needles);
    if (hit) {
      await handle.write(masked, hit.from, hit.to - hit.from, position - shared + hit.from);
      crashPoint('logs.mask.written');
    }
    work.position += bytesRead;
    work.shared = Math.min(overlap, filled);
    original.copy(original, 0, filled - work.shared, filled);
    masked.copy(masked, 0, filled - work.shared, filled);
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
