import { defineConfig } from 'vitest/config';
import { clusterFiles, NOT_ON_A_CLUSTER } from './test/support/cluster-files.js';

/** End-to-end tests that the stores make no difference to, or that are about the embedded ones. */
const NOT_ON_SHARED_STORES = [
  // The first minute of a user: the built program starts with no settings at all.
  'test/e2e/built.test.ts',
  // A process that restarts on an embedded database takes its work up at once; on PostgreSQL a lease decides.
  'test/e2e/resume.test.ts',
  // Looks into the embedded database and the folder after each kill.
  'test/e2e/kills.test.ts',
  // Has its own two processes, one on disk and one on S3.
  'test/e2e/large-files.test.ts',
  // Looks at the half-written files of the disk; those of S3 are in src/files/s3-blob-store.test.ts.
  'test/e2e/edit-broken-off.test.ts',
  // Starts its own processes on a database of its own.
  'test/e2e/gateway-processes.test.ts',
  // Starts PostgreSQL and Redis stores of its own, to kill them.
  'test/e2e/limits-of-two.test.ts',
  // Starts its own processes, on stores that it chooses itself.
  'test/e2e/{bench,soak}.test.ts',
  // Open no stores, or none that the test is about.
  'test/e2e/{check-command,sealed-settings}.test.ts',
  // Have processes of their own.
  'test/e2e/{storage-check,keeping}.test.ts',
  // Start processes of their own, on the database that they are about.
  'test/e2e/{job-kills,comparison-kills,replicas}.test.ts',
  // Run the command line against a gateway, or call its API; that is tested on both kinds of stores.
  'test/e2e/{compare-command,bulk-command,commands,files-command,recipes-command,mcp}.test.ts',
  // Files that are the same on all stores, and a page of what is tested on both.
  'test/e2e/{docs-site,docs-reader,docs-snippets,comparisons-page}.test.ts',
  // About pictures, wire protocols, words and rules, which are looked at before anything is stored.
  'test/e2e/{provenance,prc-everywhere,comfyui,edit-refusals,guide,prompts}.test.ts',
  // Searches the data folder and the log for secrets.
  'test/e2e/secrets*.test.ts',
  // Start processes of their own, on the stores that they are about.
  'test/e2e/{backup,cluster-restarts,doctor}.test.ts',
];

export default defineConfig({
  test: {
    // Machines that run tests are often busy with something else as well.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // One more than the two cores that are expected: at any time one of them waits for a process, a lease or a retry.
    maxWorkers: 3,
    // Loading the gateway takes seconds. The files of a project share its processes, one file at a time in each.
    isolate: false,
    globalSetup: 'test/support/test-run.ts',
    reporters: ['default', ['json', { outputFile: '.cache/test-results.json' }]],
    projects: [
      {
        extends: true,
        // SQLite, disk and memory; stores are tested on all their backends here.
        test: {
          name: 'embedded',
          include: ['src/**/*.test.ts', 'web/src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['test/browser/**'],
        },
      },
      {
        extends: true,
        // The whole gateway a second time, from the same files: PostgreSQL, Redis and S3.
        test: {
          name: 'shared',
          include: ['test/e2e/**/*.test.ts', 'test/sdk/openai*.test.ts'],
          exclude: NOT_ON_SHARED_STORES,
          env: { TEST_STORES: 'shared' },
        },
      },
      {
        extends: true,
        // The same files once more: two replicas on shared stores, in processes of their own, behind nginx.
        test: {
          name: 'cluster',
          include: [...clusterFiles()],
          exclude: [...NOT_ON_SHARED_STORES, ...NOT_ON_A_CLUSTER],
          env: { TEST_STORES: 'cluster' },
        },
      },
      {
        extends: true,
        // The playground in a real browser, against what `npm run build` built.
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          // A browser, a server and its painters share two cores with whatever else runs.
          testTimeout: 240_000,
        },
      },
    ],
  },
});
