import { maskRange, openMask } from './mask.ts';

/** Often enough for the fastest writers, and seldom enough to cost nothing. */
const everyMs = 50;
/** What waits for its masking: less of it is done in no time at the end. */
const backlogBytes = 16 * 2 ** 20;

export interface Growing {
  readonly file: string;
  readonly start: number;
  /** Of the file, as it is now. */
  readonly size: () => number;
}

export interface Masking {
  /** To be called when all writers have ended. Resolves when everything is masked. */
  end(): Promise<void>;
}

/**
 * Masks a file from byte `start` on while it grows: afterwards, a gigabyte would take as long as a third of
 * its writing. A script that opens /dev/stdout anew cuts its own log off: then all of it is masked at the end.
 */
export function maskAlong({ file, start, size }: Growing, forms: readonly string[]): Masking {
  const mask = openMask({ file, start }, forms);
  let masked = start;
  let isCut = false;
  let isEnding = false;
  let work: Promise<void> | null = null;

  function look(): void {
    const end = size();
    isCut ||= end < masked;
    if (isCut || work || end - masked < backlogBytes) return;
    work = mask.upTo(end).then(() => {
      masked = end;
      work = null;
      if (!isEnding) look();
    });
    // `end` tells of it.
    work.catch(() => {});
  }

  const timer = setInterval(look, everyMs).unref();
  return {
    async end() {
      clearInterval(timer);
      isEnding = true;
      try {
        await work;
        isCut ||= size() < masked;
        if (isCut) await maskRange({ file, start: 0, end: size() }, forms);
        else await mask.upTo(size());
      } finally {
        await mask.close();
      }
    },
  };
}
