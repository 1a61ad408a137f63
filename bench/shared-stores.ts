import { createTestDatabase } from '../test/support/postgres.js';
import { findTestServices } from '../test/support/test-services.js';

/** Stores that several processes share: PostgreSQL and Redis of the tests. Blobs are in the data folder, which is shared as well. */
export async function createSharedStores(): Promise<{
  readonly env: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}> {
  const database = await createTestDatabase();
  return {
    env: {
      DATABASE_URL: database.url,
      REDIS_URL: findTestServices().redis,
      ATELIER_SECRET: 'a-secret-of-benchmarks-that-signs-links',
    },
    drop: () => database.drop(),
  };
}
