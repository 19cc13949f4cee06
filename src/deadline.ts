export interface Deadline {
  /** In ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Does work with a signal that aborts with the outer one or, for a TimeoutError, when the time is over. Nothing of
 * it is left afterwards: AbortSignal.timeout keeps its timer, and the signal with all its listeners, until it fires.
 */
export async function withDeadline<T>(
  { timeoutMs, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  const late = () => controller.abort(new DOMException('the time is over', 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
