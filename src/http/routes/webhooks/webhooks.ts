import { z } from 'zod';
import { SUBSCRIBABLE } from '../../../webhooks/events.js';
import { readWebhookUrl } from '../../../webhooks/webhook-url.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { secretSchema, toWebhookAnswer, webhookSchema } from './webhook-answer.js';

const TAGS = ['Webhooks'];
const SECURITY = [{ apiKey: [] }];

const url = z.string().min(1, 'must not be empty').max(2048);
const description = z.string().max(200);
const events = z
  .array(z.enum(SUBSCRIBABLE))
  .min(1, 'must name at least one event')
  .max(SUBSCRIBABLE.length)
  .transform((names) => [...new Set(names)]);
const params = z.object({ id: z.string() });
const madeSchema = webhookSchema.extend({ secret: secretSchema });

/** Webhooks and their settings; owner and admin keys only. */
export function registerWebhooks(app: App, context: HttpContext): void {
  registerCreate(app, context);
  registerRead(app, context);
  registerChange(app, context);
  registerSecret(app, context);
}

function registerCreate(app: App, context: HttpContext): void {
  const { webhooks, isWebhookHost } = context.webhooks;
  app.post(
    '/v1/webhooks',
    {
      schema: {
        tags: TAGS,
        summary: 'Make a webhook',
        description:
          'Takes an owner or admin key. It is told of the events of that key’s mode. The answer is the only time that the ' +
          'secret is shown. What is sent, and when again, is in docs/webhooks.md.',
        security: SECURITY,
        body: z.strictObject({
          url: url.describe('A public https:// address.'),
          events: events.optional().describe('By default all.'),
          description: description.optional(),
        }),
        response: { 201: madeSchema, default: errorEnvelopeSchema },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'change_settings');
      const { body } = request;
      const { webhook, secret } = await webhooks.create(caller, {
        url: readWebhookUrl(body.url, isWebhookHost),
        description: body.description,
        events: body.events ?? [...SUBSCRIBABLE],
      });
      return reply.status(201).send({ ...toWebhookAnswer(webhook), secret });
    },
  );
}

function registerRead(app: App, context: HttpContext): void {
  const { webhooks } = context.webhooks;
  app.get(
    '/v1/webhooks',
    {
      schema: {
        tags: TAGS,
        summary: 'List webhooks',
        description: 'Takes an owner or admin key. Those of the key’s mode, oldest first; at most 20.',
        security: SECURITY,
        response: {
          200: z.object({ object: z.literal('list'), data: z.array(webhookSchema) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      return { object: 'list' as const, data: (await webhooks.list(caller)).map(toWebhookAnswer) };
    },
  );
  app.get(
    '/v1/webhooks/:id',
    {
      schema: {
        tags: TAGS,
        summary: 'Read a webhook',
        description: 'Takes an owner or admin key. `failing` and `disabled_reason` tell how it fares.',
        security: SECURITY,
        params,
        response: { 200: webhookSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      return toWebhookAnswer(await webhooks.load(caller, request.params.id));
    },
  );
}

function registerChange(app: App, context: HttpContext): void {
  const { webhooks, isWebhookHost } = context.webhooks;
  app.patch(
    '/v1/webhooks/:id',
    {
      schema: {
        tags: TAGS,
        summary: 'Change a webhook',
        description:
          'Takes an owner or admin key. Fields that are left out stay. Disabling ends what is on its way; it can be replayed.',
        security: SECURITY,
        params,
        body: z.strictObject({ url, events, description, enabled: z.boolean() }).partial(),
        response: { 200: webhookSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      const { url: given, ...change } = request.body;
      return toWebhookAnswer(
        await webhooks.change(caller, request.params.id, {
          ...change,
          url: given === undefined ? undefined : readWebhookUrl(given, isWebhookHost),
        }),
      );
    },
  );
  app.delete(
    '/v1/webhooks/:id',
    {
      schema: {
        tags: TAGS,
        summary: 'Delete a webhook',
        description: 'Takes an owner or admin key. Nothing more is sent to it.',
        security: SECURITY,
        params,
        response: {
          200: z.object({ id: z.string(), object: z.literal('webhook'), deleted: z.literal(true) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      await webhooks.remove(caller, request.params.id);
      return { id: request.params.id, object: 'webhook' as const, deleted: true as const };
    },
  );
}

function registerSecret(app: App, context: HttpContext): void {
  app.post(
    '/v1/webhooks/:id/secret',
    {
      schema: {
        tags: TAGS,
        summary: 'Give a webhook a new secret',
        description:
          'Takes an owner or admin key. For 24 hours deliveries carry two signatures, of the new secret and of the one before, ' +
          'so that receivers can change over in between.',
        security: SECURITY,
        params,
        response: { 200: madeSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'change_settings');
      const { webhook, secret } = await context.webhooks.webhooks.rotateSecret(caller, request.params.id);
      return { ...toWebhookAnswer(webhook), secret };
    },
  );
}
