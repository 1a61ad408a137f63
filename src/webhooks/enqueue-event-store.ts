import type { Transaction } from 'kysely';
import { z } from 'zod';
import { prepare } from '../db/prepared.js';
import type { Database, Mode } from '../db/schema.js';
import { createId } from '../ids.js';
import type { EventData, EventType, SubscribableEvent } from './events.js';

/** Whose event it is, and when it happened. */
export interface EventScope {
  readonly workspaceId: string;
  readonly mode: Mode;
  readonly now: Date;
}

const eventsSchema = z.array(z.string());

/**
 * Tells the webhooks of a workspace of something, in the transaction of what it tells: either both are there or neither is.
 * @param data made only if somebody listens
 */
export async function enqueueEvent<T extends SubscribableEvent>(
  trx: Transaction<Database>,
  scope: EventScope,
  type: T,
  data: () => EventData<T>,
): Promise<void> {
  const webhooks = await findListeners.execute(trx, { workspaceId: scope.workspaceId, mode: scope.mode });
  const listening = webhooks.filter(({ events_json: events }) =>
    eventsSchema.parse(JSON.parse(events)).includes(type),
  );
  if (listening.length === 0) return;
  const payload = formatPayload(scope, type, data());
  for (const { id } of listening) await insertDelivery(trx, scope, id, type, payload);
}

const findListeners = prepare<Pick<EventScope, 'workspaceId' | 'mode'>, { id: string; events_json: string }>(
  (db, value) =>
    db
      .selectFrom('webhooks')
      .select(['id', 'events_json'])
      .where('workspace_id', '=', value('workspaceId'))
      .where('removed_at', 'is', null)
      .where('mode', '=', value('mode'))
      .where('disabled_at', 'is', null),
);

/** Enqueues a test for one webhook, whatever it subscribes to. @returns the id of the delivery */
export async function enqueueTest(
  trx: Transaction<Database>,
  scope: EventScope,
  webhookId: string,
): Promise<string> {
  const payload = formatPayload(scope, 'webhook.test', { object: 'webhook', id: webhookId });
  return insertDelivery(trx, scope, webhookId, 'webhook.test', payload);
}

/** The bytes that are signed and sent, in every attempt the same. */
function formatPayload<T extends EventType>(scope: EventScope, type: T, data: EventData<T>): string {
  return JSON.stringify({
    id: createId('evt'),
    type,
    timestamp: scope.now.toISOString(),
    workspace: scope.workspaceId,
    mode: scope.mode,
    data,
  });
}

async function insertDelivery(
  trx: Transaction<Database>,
  scope: EventScope,
  webhookId: string,
  event: EventType,
  payload: string,
): Promise<string> {
  const id = createId('whd');
  await trx
    .insertInto('webhook_deliveries')
    .values({
      id,
      webhook_id: webhookId,
      workspace_id: scope.workspaceId,
      event,
      payload_json: payload,
      attempts: 0,
      next_attempt_at: scope.now.getTime(),
      last_attempt_at: null,
      last_status: null,
      last_error: null,
      created_at: scope.now.getTime(),
      ended_at: null,
    })
    .execute();
  return id;
}
