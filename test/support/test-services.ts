import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const FILE = path.resolve(import.meta.dirname, '../../.cache/test-services.json');
const schema = z.object({ postgres: z.string(), redis: z.string() });

/**
 * Addresses of the servers that tests run against: from TEST_POSTGRES_URL and TEST_REDIS_URL, else as
 * `scripts/test-services.sh` started them.
 */
export function findTestServices(): { readonly postgres: string; readonly redis: string } {
  const { TEST_POSTGRES_URL: postgres, TEST_REDIS_URL: redis } = process.env;
  if (postgres !== undefined && redis !== undefined) return { postgres, redis };
  const started = readStarted();
  return { postgres: postgres ?? started.postgres, redis: redis ?? started.redis };
}

/** Whether there are any: many tests need none. */
export function hasTestServices(): boolean {
  return process.env['TEST_POSTGRES_URL'] !== undefined || existsSync(FILE);
}

function readStarted() {
  try {
    return schema.parse(JSON.parse(readFileSync(FILE, 'utf8')));
  } catch (error) {
    throw new Error('The tests need PostgreSQL and Redis: run scripts/test-services.sh first.', {
      cause: error,
    });
  }
}
