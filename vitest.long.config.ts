import { defineConfig } from 'vitest/config';

/** Long tests, by name: see scripts/test-long.sh. */
export default defineConfig({
  test: {
    include: ['test/long/*.long.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
    globalSetup: 'test/support/test-run.ts',
  },
});
