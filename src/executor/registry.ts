import type { Executor } from './executor.ts';
import { local } from './local.ts';

/** A new kind of executor is one line here. */
export const executors = { local } satisfies Record<string, Executor>;
