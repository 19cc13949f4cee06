import { writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crashPoint } from '../crash-point.ts';
import type { Range } from './mask.ts';

const chunkBytes = 2 ** 22;
const newline = 0x0a;

/**
 * Appends `heading` and the bytes of a range to a file, in order and in constant memory, so that a new line
 * begins after them. What fits in 4 MiB is one write: nobody else's lines come between.
 */
export async function appendRange(
  targetFd: number,
  heading: string,
  { file, start, end }: Range,
): Promise<void> {
  const source = await open(file, 'r');
  try {
    await copy(source, { targetFd, heading, start, end });
  } finally {
    await source.close();
  }
}

interface Copy {
  readonly targetFd: number;
  readonly heading: string;
  readonly start: number;
  readonly end: number;
}

async function copy(source: FileHandle, { targetFd, heading, start, end }: Copy): Promise<void> {
  const last = Math.min(end, (await source.stat()).size);
  const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(0, last - start)));
  let pending = Buffer.from(heading);
  for (let position = start; position < last; ) {
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, last - position), position);
    pending = Buffer.concat([pending, chunk.subarray(0, bytesRead)]);
    position += bytesRead;
    if (position >= last || bytesRead === 0) break;
    writeFileSync(targetFd, pending);
    crashPoint('logs.copy.appended');
    pending = Buffer.alloc(0);
  }
  writeFileSync(targetFd, pending.at(-1) === newline ? pending : Buffer.concat([pending, Buffer.from('\n')]));
}
