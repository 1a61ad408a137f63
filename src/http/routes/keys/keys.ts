import { z } from 'zod';
import type { Clock } from '../../../clock.js';
import { AppError } from '../../../errors.js';
import { limitsChangeSchema, limitsSchema } from '../../../workspaces/limits.js';
import { ROLES } from '../../../workspaces/roles.js';
import type { ApiKey } from '../../../workspaces/workspace-store.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { resolveModels } from './resolve-models.js';

const keySchema = z.object({
  id: z.string(),
  object: z.literal('api_key'),
  name: z.string(),
  kind: z.enum(['live', 'test']),
  role: z.enum(ROLES),
  prefix: z.string(),
  created: z.number().int(),
  created_by: z.string().optional().describe('Id of the key that made it; absent for the operator’s.'),
  expires_at: z.number().int().optional(),
  last_used_at: z.number().int().optional().describe('To the minute.'),
  limits: limitsSchema,
});

const name = z.string().min(1, 'must not be empty').max(100);

export const newKeyBody = z.strictObject({ kind: z.enum(['live', 'test']), role: z.enum(ROLES), name });

export function registerKeys(app: App, context: HttpContext): void {
  app.get(
    '/v1/keys',
    {
      schema: {
        tags: ['Keys'],
        summary: 'List keys',
        description:
          'Owner and admin see all keys that are not revoked, a developer itself and those that it made.',
        security: [{ apiKey: [] }],
        response: {
          200: z.object({ object: z.literal('list'), data: z.array(keySchema) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'manage_own_keys');
      const keys = await context.workspaces.listKeys(caller.workspace.id, caller);
      return { object: 'list' as const, data: keys.map(toAnswer) };
    },
  );
  registerCreate(app, context);
  app.patch(
    '/v1/keys/:id',
    {
      schema: {
        tags: ['Keys'],
        summary: 'Change a key',
        description:
          'Takes an owner or admin key. Of `limits`, members that are left out stay and `null` lifts a limit.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        body: z.strictObject({ name, limits: limitsChangeSchema }).partial(),
        response: { 200: keySchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'manage_keys');
      const { name, limits } = request.body;
      const change = { name, limits: resolveModels(limits, context.catalogue) };
      return toAnswer(await context.workspaces.changeKey(request.params.id, change, caller));
    },
  );
  app.delete(
    '/v1/keys/:id',
    {
      schema: {
        tags: ['Keys'],
        summary: 'Revoke a key',
        description:
          'Acts within 5 seconds in every process of the gateway. The last live key with the role owner stays: 409.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: {
          200: z.object({ id: z.string(), object: z.literal('api_key'), deleted: z.literal(true) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'manage_own_keys');
      await context.workspaces.revokeKey(caller.workspace.id, request.params.id, caller);
      return { id: request.params.id, object: 'api_key' as const, deleted: true as const };
    },
  );
}

function registerCreate(app: App, context: HttpContext): void {
  app.post(
    '/v1/keys',
    {
      schema: {
        tags: ['Keys'],
        summary: 'Make a key',
        description:
          'The answer is the only time that the key is shown. Nobody grants more than they have: see the roles.',
        security: [{ apiKey: [] }],
        body: newKeyBody.extend({
          expires_at: z.int().optional().describe('Unix seconds; absent: never.'),
          limits: limitsSchema.optional(),
        }),
        response: {
          201: keySchema
            .pick({ id: true, object: true, name: true, kind: true, role: true, expires_at: true })
            .extend({ key: z.string() }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'manage_own_keys');
      const { kind, role, name, expires_at: expiresAt, limits } = request.body;
      const { id, secret } = await context.workspaces.createKey({
        workspaceId: caller.workspace.id,
        mode: kind,
        role,
        name,
        expiresAt: toFuture(expiresAt, context.clock),
        limits: resolveModels(limits, context.catalogue),
        by: caller,
      });
      return reply.status(201).send({
        id,
        object: 'api_key',
        name,
        kind,
        role,
        ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
        key: secret,
      });
    },
  );
}

/** @throws AppError invalid_request for a time that is over, or none */
function toFuture(seconds: number | undefined, clock: Clock): Date | undefined {
  if (seconds === undefined) return undefined;
  const date = new Date(seconds * 1000);
  if (!(date > clock())) {
    throw new AppError('invalid_request', {
      message: '`expires_at` must be a time to come, in Unix seconds.',
      param: 'expires_at',
    });
  }
  return date;
}

function toAnswer(key: ApiKey): z.output<typeof keySchema> {
  return {
    id: key.id,
    object: 'api_key',
    name: key.name,
    kind: key.mode,
    role: key.role,
    prefix: key.prefix,
    created: toSeconds(key.createdAt),
    ...(key.createdBy === undefined ? {} : { created_by: key.createdBy }),
    ...(key.expiresAt === undefined ? {} : { expires_at: toSeconds(key.expiresAt) }),
    ...(key.lastUsedAt === undefined ? {} : { last_used_at: toSeconds(key.lastUsedAt) }),
    limits: key.writtenLimits,
  };
}

function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
