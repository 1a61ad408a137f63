import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Ledger, type Account } from '../../src/credits/ledger-store.js';
import { openSqlite, type Db } from '../../src/db/database.js';
import { openPostgres } from '../../src/db/postgres.js';
import { AppError } from '../../src/errors.js';

// One of several processes on the same database. For each line, which names a database: opens it and says `ready`; at the
// next line takes its holds all at once, settles them wholly, and says how each ended.

const taskSchema = z.object({
  place: z.string(),
  name: z.string(),
  holds: z.number(),
  amount: z.number(),
  account: z.object({ workspaceId: z.string(), mode: z.enum(['live', 'test']) }),
});
type Task = z.output<typeof taskSchema>;

async function holdAndSettle(db: Db, task: Task): Promise<readonly string[]> {
  const ledger = new Ledger(db, () => new Date());
  const { amount } = task;
  const account: Account = task.account;
  return Promise.all(
    Array.from({ length: task.holds }, async (_, index) => {
      const id = `gen_${task.name}_${index}`;
      try {
        await db.transact((trx) => ledger.hold(trx, account, id, amount));
      } catch (error) {
        if (error instanceof AppError) return error.code;
        throw error;
      }
      await db.transact((trx) => ledger.settle(trx, account, id, { held: amount, charged: amount }));
      return 'held';
    }),
  );
}

const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
  const task = taskSchema.parse(JSON.parse(line.value));
  const db = task.place.startsWith('postgres://')
    ? await openPostgres(task.place, { onConnectionLost: () => {}, maxConnections: 8 })
    : await openSqlite(task.place);
  process.stdout.write('ready\n');
  await lines.next();
  const outcomes = await holdAndSettle(db, task);
  await db.close();
  process.stdout.write(`${JSON.stringify(outcomes)}\n`);
}
