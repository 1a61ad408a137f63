/** What surrounds a run of the suite as a whole; vitest calls it in its main process. */
import { randomBytes } from 'node:crypto';
import { removeDatabasesOf } from './postgres.js';
import { hasTestServices } from './test-services.js';

/** Gives the run a name, which its processes inherit: what they make on shared servers carries it. */
export function setup(): void {
  process.env['TEST_RUN'] = randomBytes(4).toString('hex');
}

export async function teardown(): Promise<void> {
  const run = process.env['TEST_RUN'];
  if (run !== undefined && hasTestServices()) await removeDatabasesOf(run);
}
