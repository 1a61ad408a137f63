import { z } from 'zod';
import { ROLES } from '../../../workspaces/roles.js';
import type { ApiKey } from '../../../workspaces/workspace-store.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

const keySchema = z.object({
  id: z.string(),
  object: z.literal('api_key'),
  name: z.string(),
  kind: z.enum(['live', 'test']),
  role: z.enum(ROLES),
  prefix: z.string(),
  created: z.number().int(),
});

export const newKeyBody = z.strictObject({
  kind: z.enum(['live', 'test']),
  role: z.enum(ROLES),
  name: z.string().min(1, 'must not be empty').max(100),
});

export function registerKeys(app: App, context: HttpContext): void {
  app.get(
    '/v1/keys',
    {
      schema: {
        tags: ['Keys'],
        summary: 'List keys',
        security: [{ apiKey: [] }],
        response: {
          200: z.object({ object: z.literal('list'), data: z.array(keySchema) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request) => {
      const { workspace } = callerWith(request, 'manage_keys');
      const keys = await context.workspaces.listKeys(workspace.id);
      return { object: 'list' as const, data: keys.map(toAnswer) };
    },
  );
  app.post(
    '/v1/keys',
    {
      schema: {
        tags: ['Keys'],
        summary: 'Make a key',
        description: 'The answer is the only time that the key is shown.',
        security: [{ apiKey: [] }],
        body: newKeyBody,
        response: {
          201: keySchema.omit({ prefix: true, created: true }).extend({ key: z.string() }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const { workspace } = callerWith(request, 'manage_keys');
      const { kind, role, name } = request.body;
      const { id, secret } = await context.workspaces.createKey({
        workspaceId: workspace.id,
        mode: kind,
        role,
        name,
      });
      return reply.status(201).send({ id, object: 'api_key', name, kind, role, key: secret });
    },
  );
  app.delete(
    '/v1/keys/:id',
    {
      schema: {
        tags: ['Keys'],
        summary: 'Revoke a key',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: {
          200: z.object({ id: z.string(), object: z.literal('api_key'), deleted: z.literal(true) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request) => {
      const { workspace } = callerWith(request, 'manage_keys');
      await context.workspaces.revokeKey(workspace.id, request.params.id);
      return { id: request.params.id, object: 'api_key' as const, deleted: true as const };
    },
  );
}

function toAnswer(key: ApiKey): z.output<typeof keySchema> {
  return {
    id: key.id,
    object: 'api_key',
    name: key.name,
    kind: key.mode,
    role: key.role,
    prefix: key.prefix,
    created: Math.floor(key.createdAt.getTime() / 1000),
  };
}
