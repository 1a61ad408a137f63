import { z } from 'zod';
import type { Delivery } from '../../../webhooks/delivery-log-store.js';
import { SUBSCRIBABLE } from '../../../webhooks/events.js';
import { DISABLED_REASONS, type Webhook } from '../../../webhooks/webhook.js';

export const webhookSchema = z.object({
  id: z.string(),
  object: z.literal('webhook'),
  mode: z.enum(['live', 'test']).describe('Of the key that made it: it is told of that mode only.'),
  url: z.string(),
  description: z.string().optional(),
  events: z.array(z.enum(SUBSCRIBABLE)),
  status: z.enum(['enabled', 'disabled']),
  disabled_reason: z
    .enum(DISABLED_REASONS)
    .optional()
    .describe(
      'by_owner: somebody turned it off. gone: the receiver answered 410. failing: an event was given up after ten ' +
        'attempts, and none to this address had succeeded since it happened.',
    ),
  disabled_at: z.number().int().optional(),
  failing: z
    .object({
      since: z.number().int(),
      attempts: z.number().int().describe('Failed ones in a row.'),
      last_status: z.number().int().optional(),
      last_error: z.string().optional(),
    })
    .optional()
    .describe('There while the last attempt has failed.'),
  last_delivered_at: z.number().int().optional(),
  created: z.number().int(),
});

export const secretSchema = z
  .string()
  .describe('`whsec_…`, as libraries of Standard Webhooks take it. Shown this once.');

export const deliverySchema = z.object({
  id: z.string(),
  object: z.literal('webhook.delivery'),
  webhook_id: z.string(),
  event: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.number().int().describe('Those that began.'),
  last_status: z.number().int().optional().describe('What the receiver answered last.'),
  last_error: z.string().optional(),
  last_attempt_at: z.number().int().optional(),
  next_attempt_at: z.number().int().optional(),
  created: z.number().int(),
  payload: z.looseObject({ id: z.string(), type: z.string() }).describe('What is sent.'),
});

export function toWebhookAnswer(webhook: Webhook): z.output<typeof webhookSchema> {
  const { disabled, failing } = webhook;
  return {
    id: webhook.id,
    object: 'webhook',
    mode: webhook.mode,
    url: webhook.url,
    ...(webhook.description === undefined ? {} : { description: webhook.description }),
    events: [...webhook.events],
    status: disabled === undefined ? 'enabled' : 'disabled',
    ...(disabled === undefined
      ? {}
      : { disabled_reason: disabled.reason, disabled_at: seconds(disabled.at) }),
    ...(failing === undefined
      ? {}
      : {
          failing: {
            since: seconds(failing.since),
            attempts: failing.attempts,
            ...(failing.lastStatus === undefined ? {} : { last_status: failing.lastStatus }),
            ...(failing.lastError === undefined ? {} : { last_error: failing.lastError }),
          },
        }),
    ...(webhook.lastDeliveredAt === undefined ? {} : { last_delivered_at: seconds(webhook.lastDeliveredAt) }),
    created: seconds(webhook.createdAt),
  };
}

export function toDeliveryAnswer(delivery: Delivery): z.output<typeof deliverySchema> {
  return {
    id: delivery.id,
    object: 'webhook.delivery',
    webhook_id: delivery.webhookId,
    event: delivery.event,
    status: delivery.status,
    attempts: delivery.attempts,
    ...(delivery.lastStatus === undefined ? {} : { last_status: delivery.lastStatus }),
    ...(delivery.lastError === undefined ? {} : { last_error: delivery.lastError }),
    ...(delivery.lastAttemptAt === undefined ? {} : { last_attempt_at: seconds(delivery.lastAttemptAt) }),
    ...(delivery.nextAttemptAt === undefined ? {} : { next_attempt_at: seconds(delivery.nextAttemptAt) }),
    created: seconds(delivery.createdAt),
    payload: delivery.payload,
  };
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
