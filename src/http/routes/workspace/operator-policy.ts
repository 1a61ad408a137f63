import { z } from 'zod';
import { policyChangeSchema, policySchema, type WrittenPolicy } from '../../../workspaces/policy.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const answerSchema = policySchema.extend({ object: z.literal('policy') });

/** The operator's rules for every workspace; the hook of this scope has checked the admin token. */
export function registerOperatorPolicy(app: App, context: HttpContext): void {
  app.get(
    '/v1/admin/policy',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Rules for every workspace',
        security: [{ adminToken: [] }],
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async () => toAnswer(await context.workspaces.findOperatorPolicy()),
  );
  app.patch(
    '/v1/admin/policy',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Change the rules for every workspace',
        description: 'They hold beside each workspace’s own policy: the stricter of the two wins.',
        security: [{ adminToken: [] }],
        body: policyChangeSchema,
        response: { 200: answerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) =>
      toAnswer(await context.workspaces.changeOperatorPolicy(request.body, request.clientAddress)),
  );
}

function toAnswer(policy: WrittenPolicy): z.output<typeof answerSchema> {
  return { object: 'policy', ...policy };
}
