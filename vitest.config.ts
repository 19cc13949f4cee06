import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/system/**'],
    globalSetup: ['test/build-bundle.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores, and most tests wait for processes: a few more files at once than cores.
    maxWorkers: 3,
    env: {
      // Nobody's own git settings, and nobody's token.
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'A U Thor',
      GIT_AUTHOR_EMAIL: 'author@example.com',
      GIT_COMMITTER_NAME: 'C O Mitter',
      GIT_COMMITTER_EMAIL: 'committer@example.com',
    },
  },
});
