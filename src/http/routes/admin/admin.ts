import { z } from 'zod';
import { fromCredits } from '../../../credits/microcredits.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { newKeyBody } from '../keys/keys.js';

/** The operator's calls; the hook of this scope has checked the admin token. */
export function registerAdmin(app: App, context: HttpContext): void {
  app.post(
    '/v1/admin/workspaces',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Make a workspace',
        description: 'Both balances, live and test, start with the given credits.',
        security: [{ adminToken: [] }],
        body: z.strictObject({
          name: z.string().min(1, 'must not be empty').max(100),
          credits: z.number().min(0).max(9_000_000_000).multipleOf(0.000001),
        }),
        response: {
          201: z.object({ id: z.string(), object: z.literal('workspace'), name: z.string() }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const { name, credits } = request.body;
      const id = await context.workspaces.create(name, fromCredits(credits));
      return reply.status(201).send({ id, object: 'workspace', name });
    },
  );
  app.post(
    '/v1/admin/keys',
    {
      schema: {
        tags: ['Admin'],
        summary: 'Make a key in any workspace',
        description: 'The answer is the only time that the key is shown.',
        security: [{ adminToken: [] }],
        body: newKeyBody.extend({ workspace: z.string().min(1, 'must not be empty').max(100) }),
        response: {
          201: z.object({ id: z.string(), object: z.literal('api_key'), key: z.string() }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const { workspace, kind, role, name } = request.body;
      const { id, secret } = await context.workspaces.createKey({
        workspaceId: workspace,
        mode: kind,
        role,
        name,
      });
      return reply.status(201).send({ id, object: 'api_key', key: secret });
    },
  );
}
