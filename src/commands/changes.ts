import { EventEmitter, once } from 'node:events';
import { watch } from 'node:fs';

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** A look is due after this time even where the system reports no change (network file systems), in ms. */
  readonly atLeastEveryMs: number;
}

/**
 * Yields whenever something in one of the folders changed, and once at the start; ends when `signal` aborts.
 * The kernel wakes it: between changes it does nothing. A folder that cannot be watched is looked at by time.
 */
export async function* changes(folders: readonly string[], options: WatchOptions): AsyncGenerator<void> {
  const news = new EventEmitter();
  let changed = true;
  const tell = () => {
    changed = true;
    news.emit('change');
  };
  const watchers = folders.map((folder) => watchIfPossible(folder, tell));
  const timer = setInterval(tell, options.atLeastEveryMs);
  try {
    while (!options.signal.aborted) {
      if (!changed) await once(news, 'change', { signal: options.signal }).catch(() => {});
      changed = false;
      if (!options.signal.aborted) yield;
    }
  } finally {
    clearInterval(timer);
    for (const close of watchers) close();
  }
}

function watchIfPossible(folder: string, tell: () => void): () => void {
  try {
    const watcher = watch(folder, tell).on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
