import { underTest } from './under-test.ts';

/** Milliseconds since 1970, UTC. The bundle under test adds `AMPCI_CLOCK_OFFSET_MS`. */
export type Clock = () => number;

export const systemClock: Clock = () =>
  underTest ? Date.now() + Number(process.env.AMPCI_CLOCK_OFFSET_MS ?? 0) : Date.now();
