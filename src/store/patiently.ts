/** In all, in ms. A backup of a large database over a slow network takes minutes. */
const patienceMs = 600_000;
const pauseMs = 1_000;

/**
 * Writes, again and again while another program keeps the database locked: what a build of hours came to must not
 * be lost to a backup. Each try waits for itself as well (busy_timeout). `pause`: false when a signal came, which
 * ends the patience.
 */
export async function patiently<T>(write: () => T, pause: (ms: number) => Promise<boolean>): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return write();
    } catch (error) {
      const isLocked = (error as { code?: unknown }).code === 'SQLITE_BUSY';
      if (!isLocked || performance.now() > giveUpAt || !(await pause(pauseMs))) throw error;
    }
  }
}
