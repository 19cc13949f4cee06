import { underTest } from './under-test.ts';

const passed = new Map<string, number>();

/**
 * Marks a place between two effects. In the bundle under test `AMPCI_CRASH_AT=name` or `name:3` (the third
 * passage) kills the process here with SIGKILL, as a power cut would; elsewhere the call does nothing.
 */
export function crashPoint(name: string): void {
  if (!underTest) return;
  const [wanted, nth = '1'] = (process.env.AMPCI_CRASH_AT ?? '').split(':');
  const count = (passed.get(name) ?? 0) + 1;
  passed.set(name, count);
  if (wanted === name && count === Number(nth)) process.kill(process.pid, 'SIGKILL');
}
