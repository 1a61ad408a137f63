import type { Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Database, WebhookDeliveryTable } from '../db/schema.js';
import { AppError } from '../errors.js';
import { actorOf, writeAudit } from '../workspaces/audit-store.js';
import type { Caller } from '../workspaces/tenant.js';
import { requireOwn } from './webhook-store.js';

/** One event on its way to one webhook. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: string;
  readonly status: 'pending' | 'delivered' | 'failed';
  /** Those that began. */
  readonly attempts: number;
  readonly createdAt: Date;
  readonly lastAttemptAt: Date | undefined;
  /** undefined once it has ended. */
  readonly nextAttemptAt: Date | undefined;
  readonly lastStatus: number | undefined;
  readonly lastError: string | undefined;
  /** What is sent. */
  readonly payload: Payload;
}

type Payload = z.output<typeof payload>;

type Trx = Transaction<Database>;

const payload = z.looseObject({ id: z.string(), type: z.string() });

/** What owners see of deliveries, and what they can do with them. */
export class DeliveryLog {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * The newest deliveries of a webhook first.
   * @throws AppError not_found; invalid_request when `after` is no delivery of it
   */
  async list(
    by: Caller,
    webhookId: string,
    options: { readonly limit: number; readonly after: string | undefined },
  ): Promise<readonly Delivery[]> {
    await requireOwn(this.#db.kysely, by, webhookId);
    const own = this.#db.kysely.selectFrom('webhook_deliveries').where('webhook_id', '=', webhookId);
    let page = own.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').limit(options.limit);
    if (options.after !== undefined) {
      const last = await own.selectAll().where('id', '=', options.after).executeTakeFirst();
      if (last === undefined) {
        throw new AppError('invalid_request', {
          message: '`after` must be the id of a delivery of this webhook.',
          param: 'after',
        });
      }
      page = page.where((eb) =>
        eb.or([
          eb('created_at', '<', last.created_at),
          eb.and([eb('created_at', '=', last.created_at), eb('id', '<', last.id)]),
        ]),
      );
    }
    return (await page.execute()).map(toDelivery);
  }

  /** @throws AppError not_found */
  async load(by: Caller, webhookId: string, id: string): Promise<Delivery> {
    return toDelivery(await requireDelivery(this.#db.kysely, by, webhookId, id));
  }

  /**
   * Sends a delivery again, whatever became of it: the same event under the same id, with all its attempts.
   * @throws AppError not_found; conflict when the webhook is disabled
   */
  async replay(by: Caller, webhookId: string, id: string): Promise<Delivery> {
    return this.#db.transact(async (trx) => {
      const webhook = await requireOwn(trx, by, webhookId);
      await requireDelivery(trx, by, webhookId, id);
      if (webhook.disabled_at !== null) {
        throw new AppError('conflict', {
          message: 'This webhook is disabled. Enable it first: PATCH it with `enabled: true`.',
        });
      }
      await trx
        .updateTable('webhook_deliveries')
        .set({
          attempts: 0,
          next_attempt_at: this.#clock().getTime(),
          ended_at: null,
          last_status: null,
          last_error: null,
        })
        .where('id', '=', id)
        .execute();
      await writeAudit(trx, {
        workspaceId: by.workspace.id,
        actor: actorOf(by),
        action: 'webhook.replayed',
        before: null,
        after: { id: webhookId, delivery: id },
        now: this.#clock(),
      });
      return toDelivery(await requireDelivery(trx, by, webhookId, id));
    });
  }
}

async function requireDelivery(db: Db['kysely'] | Trx, by: Caller, webhookId: string, id: string) {
  await requireOwn(db, by, webhookId);
  const row = await db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('id', '=', id)
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
  if (row === undefined) {
    throw new AppError('not_found', {
      message: 'There is no delivery with this id. They are kept for 30 days.',
      param: 'delivery',
    });
  }
  return row;
}

function toDelivery(row: Selectable<WebhookDeliveryTable>): Delivery {
  const isDelivered = row.last_status !== null && row.last_status >= 200 && row.last_status < 300;
  return {
    id: row.id,
    webhookId: row.webhook_id,
    event: row.event,
    status: row.ended_at === null ? 'pending' : isDelivered ? 'delivered' : 'failed',
    attempts: row.attempts,
    createdAt: new Date(row.created_at),
    lastAttemptAt: row.last_attempt_at === null ? undefined : new Date(row.last_attempt_at),
    nextAttemptAt: row.next_attempt_at === null ? undefined : new Date(row.next_attempt_at),
    lastStatus: row.last_status ?? undefined,
    lastError: row.last_error ?? undefined,
    payload: payload.parse(JSON.parse(row.payload_json)),
  };
}
