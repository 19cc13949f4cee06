import { appendFileSync } from 'node:fs';
import { underTest } from './under-test.ts';

const passed = new Map<string, number>();

/**
 * Marks a place between two effects. In the bundle under test `AMPCI_CRASH_AT=name` or `name:3` (the third
 * passage) kills the process here with SIGKILL, as a power cut would, and `AMPCI_CRASH_TRACE` names a file that
 * gets a line for each passage; elsewhere the call does nothing.
 */
export function crashPoint(name: string): void {
  if (!underTest) return;
  if (process.env.AMPCI_CRASH_TRACE) appendFileSync(process.env.AMPCI_CRASH_TRACE, `${name}\n`);
  const [wanted, nth = '1'] = (process.env.AMPCI_CRASH_AT ?? '').split(':');
  const count = (passed.get(name) ?? 0) + 1;
  passed.set(name, count);
  if (wanted === name && count === Number(nth)) process.kill(process.pid, 'SIGKILL');
}
