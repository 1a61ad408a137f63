import { z } from 'zod';
import { EVENTS, payloadSchema, type EventType } from '../webhooks/events.js';

const TYPES: readonly EventType[] = [
  'generation.completed',
  'generation.failed',
  'budget.threshold_reached',
  'credits.low',
  'webhook.test',
];

/** What webhooks are told, as the OpenAPI document lists it. */
export function describeWebhooks() {
  return Object.fromEntries(
    TYPES.map((type) => [
      type,
      {
        post: {
          tags: ['Webhooks'],
          summary: EVENTS[type].meaning,
          description:
            'Signed as Standard Webhooks 1.0: headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. Verify the ' +
            'signature over the bytes of the body. Any 2xx within the time limit is a receipt; 410 disables the webhook; ' +
            'everything else is tried again.',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: z.toJSONSchema(payloadSchema(type)) } },
          },
          responses: { '2XX': { description: 'Received.' } },
        },
      },
    ]),
  );
}
