/** Which end-to-end tests run on two replicas behind nginx. */

/** In every run of the suite. */
const SLICE = ['events', 'idempotency', 'jobs'].map((name) => `test/e2e/${name}.test.ts`);

/** The slice, or with TEST_CLUSTER=all everything that can: see `npm run test:cluster`. */
export function clusterFiles(): readonly string[] {
  return process.env['TEST_CLUSTER'] === 'all'
    ? ['test/e2e/**/*.test.ts', 'test/sdk/openai*.test.ts']
    : SLICE;
}

/** Beside those that need stores of one process. */
export const NOT_ON_A_CLUSTER = [
  // Ask at once for what was changed a moment ago: other replicas know of it within five seconds.
  'test/e2e/{admin,fallbacks,keys,limits,margin,opt-out-while-waiting,own-endpoints}.test.ts',
  'test/e2e/{policy,prc-everywhere,prompts,retention,session}.test.ts',
  // Send what nginx answers itself, or ask one process for its metrics.
  'test/e2e/{bad-requests,edit-inputs,fuzz-routes,links,metrics,raw-requests}.test.ts',
  // Follow what one gateway knows of servers that it has to itself.
  'test/e2e/comfyui.test.ts',
  // A key that somebody chose passes among wrong ones at the process where it has passed before.
  'test/e2e/client-addresses.test.ts',
  // Gives the gateway its random numbers.
  'test/e2e/routes.test.ts',
];
