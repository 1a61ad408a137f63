import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Database } from '../db/schema.js';
import { actorOf, writeAudit } from '../workspaces/audit-store.js';
import type { Caller } from '../workspaces/tenant.js';
import { disableWebhook } from './disable-webhook-store.js';
import { enqueueTest } from './enqueue-event-store.js';
import { retryDelayMs } from './retry-schedule.js';
import type { Sent } from './webhook-sender.js';
import { requireOwn } from './webhook-store.js';

/** Who disables a webhook that nobody answers for. */
const GATEWAY = 'gateway';

/** An attempt that this process has to make, and nobody else. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: string;
  readonly payload: string;
  /** The id of the event, the same in every attempt. */
  readonly eventId: string;
  /** Number of this attempt, from 1. */
  readonly attempt: number;
  readonly url: string;
  readonly secretSealed: string;
}

interface ClaimOptions {
  readonly limit: number;
  /** At most as many for one webhook. */
  readonly perWebhook: number;
  /** Webhooks that wait for their turn. */
  readonly busy: readonly string[];
}

type Trx = Transaction<Database>;

const payload = z.looseObject({ id: z.string() });

/** The attempts to deliver: who makes which, and what comes of it. */
export class DeliveryStore {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #leaseMs: number;

  /** @param leaseMs an attempt of which nothing was heard for as long is made again, by any process */
  constructor(db: Db, clock: Clock, leaseMs: number) {
    this.#db = db;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /** Takes deliveries whose time has come: each is given to one process only. */
  async claim({ limit, perWebhook, busy }: ClaimOptions): Promise<readonly ClaimedDelivery[]> {
    const now = this.#clock().getTime();
    return this.#db.transact(async (trx) => {
      let due = trx
        .selectFrom('webhook_deliveries')
        .innerJoin('webhooks', 'webhooks.id', 'webhook_deliveries.webhook_id')
        .where('ended_at', 'is', null)
        .where('next_attempt_at', '<=', now)
        .where('removed_at', 'is', null)
        .where('disabled_at', 'is', null)
        .select([
          'webhook_deliveries.id',
          // So that one webhook with a thousand events leaves room for the others.
          sql<number>`row_number() over (partition by webhook_id order by next_attempt_at, webhook_deliveries.id)`.as(
            'place',
          ),
        ]);
      if (busy.length > 0) due = due.where('webhook_id', 'not in', busy);
      const rows = await trx
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('id', 'in', (eb) =>
          eb.selectFrom(due.as('due')).select('due.id').where('due.place', '<=', perWebhook),
        )
        // Read again under the lock: another process may have taken it meanwhile.
        .where('ended_at', 'is', null)
        .where('next_attempt_at', '<=', now)
        .orderBy('next_attempt_at')
        .limit(limit)
        .forUpdate()
        .skipLocked()
        .execute();
      return this.#take(
        trx,
        rows.map(({ id }) => id),
      );
    });
  }

  /** Enqueues a test delivery that the caller's process has to make. @throws AppError not_found */
  async createTest(by: Caller, webhookId: string): Promise<ClaimedDelivery | undefined> {
    return this.#db.transact(async (trx) => {
      const row = await requireOwn(trx, by, webhookId);
      const now = this.#clock();
      const scope = { workspaceId: row.workspace_id, mode: row.mode, now };
      const id = await enqueueTest(trx, scope, webhookId);
      await writeAudit(trx, {
        workspaceId: by.workspace.id,
        actor: actorOf(by),
        action: 'webhook.tested',
        before: null,
        after: { id: webhookId },
        now,
      });
      const [claimed] = await this.#take(trx, [id]);
      return claimed;
    });
  }

  /** Writes down what came of an attempt, unless somebody else has had the last word on it. */
  async record(claimed: ClaimedDelivery, sent: Sent): Promise<void> {
    const now = this.#clock();
    await this.#db.transact(async (trx) => {
      // The webhook first, as whoever disables or deletes it does: nobody waits for the other.
      const webhook = await trx
        .selectFrom('webhooks')
        .selectAll()
        .where('id', '=', claimed.webhookId)
        .forNoKeyUpdate()
        .executeTakeFirstOrThrow();
      const again =
        sent.delivered || claimed.event === 'webhook.test' ? undefined : retryDelayMs(claimed.attempt);
      const recorded = await trx
        .updateTable('webhook_deliveries')
        .set({
          last_status: sent.status ?? null,
          last_error: sent.delivered ? null : sent.error,
          ...(again === undefined
            ? { ended_at: now.getTime(), next_attempt_at: null }
            : { next_attempt_at: now.getTime() + again }),
        })
        .where('id', '=', claimed.id)
        .where('attempts', '=', claimed.attempt)
        .where('ended_at', 'is', null)
        .returning('created_at')
        .executeTakeFirst();
      if (recorded === undefined) return;
      const failingSince = webhook.failing_since ?? now.getTime();
      await trx
        .updateTable('webhooks')
        .set(
          sent.delivered
            ? {
                failed_attempts: 0,
                failing_since: null,
                last_status: sent.status,
                last_error: null,
                last_delivered_at: now.getTime(),
              }
            : {
                failed_attempts: webhook.failed_attempts + 1,
                failing_since: failingSince,
                last_status: sent.status ?? null,
                last_error: sent.error,
              },
        )
        .where('id', '=', claimed.webhookId)
        .execute();
      if (sent.delivered || webhook.disabled_at !== null) return;
      const isGone = sent.status === 410;
      const isGivenUp = again === undefined && claimed.event !== 'webhook.test';
      // Every attempt has failed since this event happened, days ago.
      if (isGone || (isGivenUp && failingSince <= recorded.created_at + this.#leaseMs)) {
        const reason = isGone ? 'gone' : 'failing';
        await disableWebhook(trx, webhook.id, reason, now);
        await writeAudit(trx, {
          workspaceId: webhook.workspace_id,
          actor: { id: GATEWAY, address: undefined },
          action: 'webhook.disabled',
          before: null,
          after: { id: webhook.id, reason },
          now,
        });
      }
    });
  }

  /** Forgets deliveries that began before `before`. @returns how many */
  async removeOld(before: Date, limit: number): Promise<number> {
    const { numDeletedRows } = await this.#db.kysely
      .deleteFrom('webhook_deliveries')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('webhook_deliveries')
          .select('id')
          .where('ended_at', '<', before.getTime())
          .orderBy('ended_at')
          .limit(limit),
      )
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  async #take(trx: Trx, ids: readonly string[]): Promise<readonly ClaimedDelivery[]> {
    if (ids.length === 0) return [];
    const now = this.#clock().getTime();
    await trx
      .updateTable('webhook_deliveries')
      .set((eb) => ({
        attempts: eb('attempts', '+', 1),
        last_attempt_at: now,
        next_attempt_at: now + this.#leaseMs,
      }))
      .where('id', 'in', ids)
      .execute();
    const rows = await trx
      .selectFrom('webhook_deliveries')
      .innerJoin('webhooks', 'webhooks.id', 'webhook_deliveries.webhook_id')
      .selectAll('webhook_deliveries')
      .select(['webhooks.url', 'webhooks.secret_sealed'])
      .where('webhook_deliveries.id', 'in', ids)
      .orderBy('webhook_deliveries.created_at')
      .orderBy('webhook_deliveries.id')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      webhookId: row.webhook_id,
      event: row.event,
      payload: row.payload_json,
      eventId: payload.parse(JSON.parse(row.payload_json)).id,
      attempt: row.attempts,
      url: row.url,
      secretSealed: row.secret_sealed,
    }));
  }
}
