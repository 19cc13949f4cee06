import { type FileHandle, open } from 'node:fs/promises';
import { crashPoint } from '../crash-point.ts';

/** Of a file, so many are read at once. */
export const chunkBytes = 2 ** 22;
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
    const hits = find(original.subarray(0, filled), needles);
    // Seldom: copying everything would take half as long as searching it.
    const isCopied = hits.length > 0 || bytesRead < overlap;
    if (isCopied) original.copy(masked, shared, shared, filled);
    if (hits.length > 0) {
      const { from, to } = overwrite(masked, hits);
      await handle.write(masked, from, to - from, position - shared + from);
      crashPoint('logs.mask.written');
    }
    work.position += bytesRead;
    work.shared = Math.min(overlap, filled);
    (isCopied ? masked : original).copy(masked, 0, filled - work.shared, filled);
    original.copy(original, 0, filled - work.shared, filled);
  }
}

interface Hit {
  readonly from: number;
  readonly to: number;
}

function find(text: Buffer, needles: readonly Buffer[]): readonly Hit[] {
  const hits: Hit[] = [];
  for (const needle of needles) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
      hits.push({ from: at, to: at + needle.length });
    }
  }
  return hits;
}

/** Writes stars over the hits; returns what part that touched. */
function overwrite(target: Buffer, hits: readonly Hit[]): Hit {
  for (const { from, to } of hits) target.fill(star, from, to);
  return {
    from: hits.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY),
    to: hits.reduce((most, { to }) => Math.max(most, to), 0),
  };
}
