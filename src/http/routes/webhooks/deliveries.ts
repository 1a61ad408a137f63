import { z } from 'zod';
import { invariant } from '../../../errors.js';
import { pageQuery, pageSchema, pageWish, toPage } from '../../answers/list-page.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { deliverySchema, toDeliveryAnswer } from './webhook-answer.js';

const TAGS = ['Webhooks'];
const SECURITY = [{ apiKey: [] }];
const params = z.object({ id: z.string() });

/** What was sent to webhooks; owner and admin keys only. */
export function registerWebhookDeliveries(app: App, { webhooks: parts }: HttpContext): void {
  app.post(
    '/v1/webhooks/:id/test',
    {
      schema: {
        tags: TAGS,
        summary: 'Send a test delivery',
        description:
          'Takes an owner or admin key. Sends `webhook.test` once, also to a disabled webhook, waits for the receiver and answers ' +
          'with what came of it.',
        security: SECURITY,
        params,
        response: { 200: deliverySchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      const delivery = await parts.worker.test(caller, request.params.id);
      invariant(delivery !== undefined, 'a delivery that was just made is there');
      return toDeliveryAnswer(delivery);
    },
  );
  app.get(
    '/v1/webhooks/:id/deliveries',
    {
      schema: {
        tags: TAGS,
        summary: 'Deliveries of a webhook, newest first',
        description: 'Takes an owner or admin key. They are kept for 30 days after their end.',
        security: SECURITY,
        params,
        querystring: pageQuery({ fallback: 20, max: 100 }),
        response: { 200: pageSchema(deliverySchema), default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      const found = await parts.log.list(caller, request.params.id, pageWish(request.query));
      return toPage(found.map(toDeliveryAnswer), request.query);
    },
  );
  app.post(
    '/v1/webhooks/:id/deliveries/:delivery/replay',
    {
      schema: {
        tags: TAGS,
        summary: 'Send a delivery again',
        description:
          'Takes an owner or admin key. The same event under the same `webhook-id`, now and, if need be, with all its attempts ' +
          'anew. 409 while the webhook is disabled.',
        security: SECURITY,
        params: params.extend({ delivery: z.string() }),
        response: { 202: deliverySchema, default: errorEnvelopeSchema },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'change_settings');
      const { id, delivery } = request.params;
      return reply.status(202).send(toDeliveryAnswer(await parts.log.replay(caller, id, delivery)));
    },
  );
}
