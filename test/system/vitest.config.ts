import { defineConfig } from 'vitest/config';

/** The real monitoring systems, from Debian (`.ci/install-monitoring`). They need time, and no company. */
export default defineConfig({
  test: {
    include: ['test/system/**/*.test.ts'],
    globalSetup: ['test/build-bundle.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
