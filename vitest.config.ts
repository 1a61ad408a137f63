import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores, and the painting workers of the servers under test need one of them.
    maxWorkers: 2,
    // Loading the gateway takes seconds. The files of a project share two processes, one file at a time in each.
    isolate: false,
    globalSetup: 'test/support/test-run.ts',
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
    projects: [
      { extends: true, test: { name: 'sqlite', include: ['src/**/*.test.ts', 'test/**/*.test.ts'] } },
      {
        extends: true,
        // The whole gateway a second time, on the database of large installations; stores are tested on both as it is.
        test: {
          name: 'postgres',
          include: [
            'test/e2e/{edit-refusals,edits,files,generations,idempotency,jobs,keys,money,policy,tenancy}.test.ts',
            'test/sdk/openai*.test.ts',
          ],
          env: { TEST_DATABASE: 'postgres' },
        },
      },
    ],
  },
});
