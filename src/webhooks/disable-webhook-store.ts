import type { Transaction } from 'kysely';
import type { Database } from '../db/schema.js';
import type { DisabledReason } from './webhook.js';

/** Nothing more is sent to a webhook, and what is on its way to it ends. */
export async function disableWebhook(
  trx: Transaction<Database>,
  id: string,
  reason: DisabledReason,
  now: Date,
): Promise<void> {
  await trx
    .updateTable('webhooks')
    .set({ disabled_at: now.getTime(), disabled_reason: reason })
    .where('id', '=', id)
    .execute();
  await endPending(trx, id, now, 'The webhook was disabled.');
}

/** Ends what has not been delivered yet; a person may replay it. */
export async function endPending(
  trx: Transaction<Database>,
  webhookId: string,
  now: Date,
  why: string,
): Promise<void> {
  await trx
    .updateTable('webhook_deliveries')
    .set({ ended_at: now.getTime(), next_attempt_at: null, last_error: why })
    .where('webhook_id', '=', webhookId)
    .where('ended_at', 'is', null)
    .execute();
}
