import { mkdirSync } from 'node:fs';
import path from 'node:path';
import SqliteClient from 'better-sqlite3';

/**
 * Makes this process the only one on an embedded database: a second one would take running generations for left ones. The
 * lock is an open transaction on a file of its own, so that it ends with the process however that ends.
 * @param databaseFile absolute path of the database; the lock file stands beside it
 * @returns gives the lock back
 * @throws Error when another process holds it
 */
export function lockDatabase(databaseFile: string): () => void {
  mkdirSync(path.dirname(databaseFile), { recursive: true });
  // An older process may just be ending.
  const client = new SqliteClient(`${databaseFile}.lock`, { timeout: 3_000 });
  try {
    client.exec('begin exclusive');
  } catch (error) {
    client.close();
    throw new Error(
      `another process runs on ${databaseFile}: stop it first, or set another ATELIER_DATA_DIR`,
      {
        cause: error,
      },
    );
  }
  return () => {
    client.close();
  };
}
