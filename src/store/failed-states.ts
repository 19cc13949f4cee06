import { isFailed, states } from '../domain/build.ts';

/** Written out as the partial indexes have it: SQLite uses them for the very same expression only. */
export const failedStates = `(${states
  .filter(isFailed)
  .map((state) => `'${state}'`)
  .join(', ')})`;
