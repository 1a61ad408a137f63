import { databasePlace } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { Db } from './db.js';
import type { PostgresOptions } from './postgres.js';
import { lockDatabase } from './process-lock.js';
import { openSqlite } from './sqlite.js';

export type { Db } from './db.js';
export { openSqlite } from './sqlite.js';

/**
 * Opens the database that the settings name. An embedded one belongs to this process until it is closed.
 * @throws Error when another process holds the embedded database, or when PostgreSQL can not be reached
 */
export async function openDatabase(config: Config, options: PostgresOptions): Promise<Db> {
  const place = databasePlace(config);
  if (place.dialect === 'postgres') {
    const { openPostgres } = await import('./postgres.js');
    return openPostgres(place.url, options);
  }
  const unlock = lockDatabase(place.file);
  try {
    const db = await openSqlite(place.file, options.stopping);
    return {
      ...db,
      close: async () => {
        await db.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}
