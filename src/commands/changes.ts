import { EventEmitter, once } from 'node:events';
import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** A look is due after this time even where the system reports no change (network file systems), in ms. */
  readonly atLeastEveryMs: number;
}

/**
 * Yields which of the files changed or appeared, all of them at the start and whenever it is time; ends when
 * `signal` aborts. The kernel wakes it: between changes it does nothing.
 */
export async function* changes(
  files: readonly string[],
  { signal, atLeastEveryMs }: WatchOptions,
): AsyncGenerator<ReadonlySet<string>> {
  const news = new EventEmitter();
  let changed = new Set(files);
  const tell = (some: readonly string[]) => {
    for (const file of some) changed.add(file);
    news.emit('change');
  };
  const stops = files.map((file) => watchFile(file, () => tell([file])));
  const timer = setInterval(() => tell(files), atLeastEveryMs);
  try {
    while (!signal.aborted) {
      if (changed.size === 0) await once(news, 'change', { signal }).catch(() => {});
      const found = changed;
      changed = new Set();
      if (!signal.aborted) yield found;
    }
  } finally {
    clearInterval(timer);
    for (const stop of stops) stop();
  }
}

/** Its folder is watched, since the file may not be there yet. What cannot be watched is looked at by time. */
function watchFile(file: string, tell: () => void): () => void {
  try {
    const watcher = watch(dirname(file), (_, name) => {
      if (name === basename(file)) tell();
    }).on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
