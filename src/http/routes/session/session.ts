import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { PERMISSIONS, permissionsOf, ROLES, rolesWithin } from '../../../workspaces/roles.js';
import type { Caller } from '../../../workspaces/workspace-store.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { readKeyWish, requireSameOrigin } from '../../web/same-origin.js';
import { readSessionToken, sendSessionToken } from '../../web/session-cookie.js';

const sessionSchema = z
  .object({
    object: z.literal('session'),
    keys: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          kind: z.enum(['live', 'test']),
          role: z.enum(ROLES),
          permissions: z.array(z.enum(PERMISSIONS)).describe('What the role may do.'),
          grants: z.array(z.enum(ROLES)).describe('Roles of keys that it may make, where it may make any.'),
          workspace: z.object({ id: z.string(), name: z.string() }),
        }),
      )
      .describe('What the browser is signed in with, the newest first. Empty: it is signed out.'),
  })
  .meta({ id: 'Session' });

const body = z
  .strictObject({
    key: z.string().min(1, 'must not be empty').max(300),
    link: z
      .string()
      .max(200)
      .describe('What stands behind `#sign-in=` in the link that a first start prints.'),
  })
  .partial();

/** Signing a browser in and out. The key itself is exchanged for a cookie that no script can read. */
export function registerSession(app: App, context: HttpContext): void {
  app.get(
    '/v1/session',
    {
      schema: {
        tags: ['Session'],
        summary: 'What this browser is signed in with',
        response: { 200: sessionSchema, default: errorEnvelopeSchema },
      },
    },
    async (request, reply) => {
      requireSameOrigin(request, context.publicUrl());
      void reply.header('cache-control', 'no-store');
      return describe(readSessionToken(request, context.publicUrl()), context);
    },
  );
  app.post(
    '/v1/session',
    {
      schema: {
        tags: ['Session'],
        summary: 'Sign a browser in',
        description:
          'Takes `key` or `link` and answers with a cookie for 30 days that scripts can not read. Signing in again adds a key. ' +
          'Takes the header `x-atelier-session: 1` and must come from the playground itself. Everything else sends keys as bearer.',
        body,
        response: { 200: sessionSchema, default: errorEnvelopeSchema },
      },
    },
    async (request, reply) => {
      requireSameOrigin(request, context.publicUrl());
      const { failedSignIns } = context;
      // Before anything is looked up: guesses that come at once are not all looked up before the first is counted.
      await failedSignIns.count(request.clientAddress);
      const keyIds = await findKeyIds(request.body, context);
      if (keyIds === undefined) {
        throw new AppError('invalid_api_key', {
          message:
            request.body.key === undefined
              ? 'This link was used already, or is too old. Sign in with a key.'
              : 'This API key is unknown, revoked or expired.',
          param: request.body.key === undefined ? 'link' : 'key',
        });
      }
      await failedSignIns.takeBack(request.clientAddress);
      const earlier = readSessionToken(request, context.publicUrl());
      const token = await context.sessions.signIn(keyIds, earlier);
      sendSessionToken(reply, context.publicUrl(), token);
      return describe(token, context);
    },
  );
  app.delete(
    '/v1/session',
    {
      schema: {
        tags: ['Session'],
        summary: 'Sign a browser out',
        description:
          'With `x-atelier-session: key_…` of that key, with `1` of all. Ends at once; a copy of the cookie is worth nothing then.',
        response: { 200: sessionSchema, default: errorEnvelopeSchema },
      },
    },
    async (request, reply) => {
      requireSameOrigin(request, context.publicUrl());
      const token = readSessionToken(request, context.publicUrl());
      if (token === undefined) return describe(undefined, context);
      await context.sessions.signOut(token, keyWish(request));
      const left = await describe(token, context);
      if (left.keys.length === 0) sendSessionToken(reply, context.publicUrl(), undefined);
      return left;
    },
  );
}

/** @returns undefined for what signs nobody in */
async function findKeyIds(
  { key, link }: z.output<typeof body>,
  { workspaces, signInLinks }: HttpContext,
): Promise<readonly string[] | undefined> {
  if ((key === undefined) === (link === undefined)) {
    throw new AppError('invalid_request', { message: 'Send either `key` or `link`.', param: 'key' });
  }
  if (link !== undefined) return signInLinks.take(link);
  const caller = await workspaces.findCaller((key ?? '').trim());
  return caller === undefined ? undefined : [caller.key.id];
}

function keyWish(request: FastifyRequest): string | undefined {
  const wish = readKeyWish(request);
  return wish === '1' ? undefined : wish;
}

/** Keys that were revoked or have expired meanwhile are gone from it. */
async function describe(
  token: string | undefined,
  { sessions, workspaces }: HttpContext,
): Promise<z.output<typeof sessionSchema>> {
  const keyIds = token === undefined ? [] : await sessions.findKeyIds(token);
  const callers = await Promise.all(keyIds.map((id) => workspaces.findSignedInCaller(id)));
  return {
    object: 'session',
    keys: callers.filter((caller) => caller !== undefined).map(toAnswer),
  };
}

function toAnswer({ key, workspace }: Caller): z.output<typeof sessionSchema>['keys'][number] {
  return {
    id: key.id,
    name: key.name,
    kind: key.mode,
    role: key.role,
    permissions: [...permissionsOf(key.role)],
    grants: [...rolesWithin(key.role)],
    workspace: { id: workspace.id, name: workspace.name },
  };
}
