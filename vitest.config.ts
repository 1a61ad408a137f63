import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores, and the painting workers of the servers under test need one of them.
    maxWorkers: 2,
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
  },
});
