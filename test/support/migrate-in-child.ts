import { migrate, MIGRATIONS } from '../../src/db/migrate.js';
import { connectPostgres } from '../../src/db/postgres.js';
import { connectSqlite } from '../../src/db/sqlite.js';

// Brings a database up to date and stops before that is committed, until it is killed: says so by a line.

const place = process.argv[2] ?? '';
const kysely = place.startsWith('postgres://')
  ? connectPostgres(place, { onConnectionLost: () => {} })
  : connectSqlite(place).kysely;
await migrate(kysely, {
  ...MIGRATIONS,
  '9999-never-ends': {
    up: async () => {
      process.stdout.write('in the midst\n');
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    },
  },
});
