import { openPostgres } from '../../src/db/postgres.js';

// Opens the database that is its argument, which brings the schema up to date, says so and ends.
const db = await openPostgres(process.argv[2] ?? '', { onConnectionLost: () => {} });
await db.close();
process.stdout.write('opened\n');
