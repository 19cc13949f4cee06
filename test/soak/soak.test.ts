import { expect, test } from 'vitest';
import { soak } from './soak.ts';

const seed = 20_231_112;
const durationMs = 60_000;

test('a minute of pushes, kills and faults loses nothing, doubles nothing and leaves nothing behind', {
  timeout: 5 * 60_000,
}, async () => {
  process.stdout.write(`soak: seed ${seed}\n`);
  const { counts, ran, violations } = await soak({ seed, durationMs });
  process.stdout.write(`soak: ${JSON.stringify(counts)}\n`);
  expect(violations).toEqual([]);
  expect(ran).toBeGreaterThan(10);
  expect(counts.killedProcesses + counts.crashes).toBeGreaterThan(10);
});
