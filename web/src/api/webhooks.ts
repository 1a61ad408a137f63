import * as z from 'zod/mini';

/** What webhooks can be told of. */
export const WEBHOOK_EVENTS = [
  'generation.completed',
  'generation.failed',
  'comparison.completed',
  'budget.threshold_reached',
  'credits.low',
] as const;
export const webhookEventSchema = z.enum(WEBHOOK_EVENTS);
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

const webhookSchema = z.object({
  id: z.string(),
  mode: z.enum(['live', 'test']),
  url: z.string(),
  description: z.optional(z.string()),
  events: z.array(webhookEventSchema),
  status: z.enum(['enabled', 'disabled']),
  disabled_reason: z.optional(z.string()),
  failing: z.optional(
    z.object({
      since: z.number(),
      attempts: z.number(),
      last_status: z.optional(z.number()),
      last_error: z.optional(z.string()),
    }),
  ),
  last_delivered_at: z.optional(z.number()),
});
/** An address that is told of events; times are Unix seconds. */
export type Webhook = z.output<typeof webhookSchema>;

const madeSchema = z.object({ ...webhookSchema.shape, secret: z.string() });

const deliverySchema = z.object({
  id: z.string(),
  event: z.string(),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.number(),
  last_status: z.optional(z.number()),
  last_error: z.optional(z.string()),
  last_attempt_at: z.optional(z.number()),
  next_attempt_at: z.optional(z.number()),
  created: z.number(),
  payload: z.unknown(),
});
/** One event on its way to one webhook. */
export type Delivery = z.output<typeof deliverySchema>;

/** What somebody gives of a webhook. */
export interface WebhookWish {
  readonly url: string;
  readonly description: string;
  readonly events: readonly WebhookEvent[];
}

export function webhookList(signal: AbortSignal) {
  return { path: '/v1/webhooks', answer: z.object({ data: z.array(webhookSchema) }), signal } as const;
}

/** Makes a webhook. The answer is the only time that its secret is seen. */
export function makeWebhook(wish: WebhookWish) {
  return { method: 'POST', path: '/v1/webhooks', body: wish, answer: madeSchema } as const;
}

export function changeWebhook(id: string, change: Partial<WebhookWish> & { readonly enabled?: boolean }) {
  return { method: 'PATCH', path: `/v1/webhooks/${id}`, body: change, answer: webhookSchema } as const;
}

export function removeWebhook(id: string) {
  return { method: 'DELETE', path: `/v1/webhooks/${id}`, answer: z.object({ id: z.string() }) } as const;
}

/** Gives a webhook a new secret; the one before signs, too, for a day. */
export function rotateSecret(id: string) {
  return { method: 'POST', path: `/v1/webhooks/${id}/secret`, answer: madeSchema } as const;
}

/** Sends a test and answers with what came of it. */
export function testWebhook(id: string) {
  return { method: 'POST', path: `/v1/webhooks/${id}/test`, answer: deliverySchema } as const;
}

const DELIVERY_PAGE = 20;

/** A page of what was sent to a webhook, newest first. @param after id of the last of the page before */
export function deliveryPage(id: string, after: string | undefined, signal: AbortSignal) {
  const query = new URLSearchParams({ limit: String(DELIVERY_PAGE) });
  if (after !== undefined) query.set('after', after);
  return {
    path: `/v1/webhooks/${id}/deliveries?${query.toString()}`,
    answer: z.object({
      data: z.array(deliverySchema),
      last_id: z.optional(z.string()),
      has_more: z.boolean(),
    }),
    signal,
  } as const;
}

export function replayDelivery(webhookId: string, deliveryId: string) {
  return {
    method: 'POST',
    path: `/v1/webhooks/${webhookId}/deliveries/${deliveryId}/replay`,
    answer: deliverySchema,
  } as const;
}
