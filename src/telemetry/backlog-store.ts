import type { Kysely } from 'kysely';
import type { Database, Mode } from '../db/schema.js';

/** What waits in the database, and whose money is there, at one moment. */
export interface Backlog {
  readonly generations: { readonly waiting: number; readonly oldestAt: Date | undefined };
  /** Deliveries to webhooks that have not ended. */
  readonly deliveries: number;
  /** Microcredits of all workspaces. */
  readonly accounts: readonly { readonly mode: Mode; readonly balance: number; readonly held: number }[];
}

/** Each is read from an index or from one row per workspace. */
export async function readBacklog(db: Kysely<Database>): Promise<Backlog> {
  const queued = await db
    .selectFrom('generations')
    .select((eb) => [
      eb.fn.countAll<number>().as('waiting'),
      eb.fn.min<number | null>('created_at').as('oldest'),
    ])
    .where('status', '=', 'queued')
    .executeTakeFirstOrThrow();
  const { deliveries } = await db
    .selectFrom('webhook_deliveries')
    .select((eb) => eb.fn.countAll<number>().as('deliveries'))
    .where('ended_at', 'is', null)
    .executeTakeFirstOrThrow();
  const accounts = await db
    .selectFrom('accounts')
    .select((eb) => [
      'mode',
      eb.fn.sum<number>('balance_microcredits').as('balance'),
      eb.fn.sum<number>('held_microcredits').as('held'),
    ])
    .groupBy('mode')
    .execute();
  return {
    generations: {
      waiting: queued.waiting,
      oldestAt: queued.oldest === null ? undefined : new Date(queued.oldest),
    },
    deliveries,
    accounts,
  };
}
