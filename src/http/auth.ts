import type { FastifyRequest } from 'fastify';
import { AppError, invariant } from '../errors.js';
import type { HttpContext } from './context.js';
import type { FailedKeys } from './failed-keys.js';
import { sameText } from './same-text.js';
import { readKeyWish, requireSameOrigin } from './web/same-origin.js';
import { readSessionToken } from './web/session-cookie.js';
import { isMadeKey } from '../workspaces/key-store.js';
import { roleMay, rolesWith, type Permission } from '../workspaces/roles.js';
import type { Caller } from '../workspaces/workspace-store.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `requireKey`; null before it ran. */
    caller: Caller | null;
  }
}

type CallerContext = Pick<HttpContext, 'workspaces' | 'sessions' | 'publicUrl' | 'failedKeys'>;

/** Hook that lets only known keys pass, and browsers that are signed in with one; it runs before the body is read. */
export function requireKey(context: CallerContext) {
  return async (request: FastifyRequest): Promise<void> => {
    const secret = bearerOf(request);
    const caller =
      secret === undefined
        ? await findSignedIn(request, context)
        : await context.failedKeys.find(
            { address: request.clientAddress, secret, canBeGuessed: !isMadeKey(secret) },
            () => context.workspaces.findCaller(secret),
          );
    if (caller === undefined) {
      throw new AppError('invalid_api_key', {
        message:
          secret === undefined
            ? 'An API key is needed: send `Authorization: Bearer atl_live_…` or `atl_test_…`.'
            : 'This API key is unknown, revoked or expired.',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
    request.caller = { ...caller, address: request.clientAddress };
  };
}

/** Hook of the operator's calls. Without a configured token they don't exist. */
export function requireAdmin(adminToken: string | undefined, failedKeys: FailedKeys) {
  return async (request: FastifyRequest): Promise<void> => {
    if (adminToken === undefined) {
      throw new AppError('permission_denied', {
        message: 'The admin calls are off. The operator turns them on by setting ATELIER_ADMIN_TOKEN.',
      });
    }
    const secret = bearerOf(request);
    const isRight =
      secret !== undefined &&
      (await failedKeys.find({ address: request.clientAddress, secret, canBeGuessed: true }, () =>
        Promise.resolve(sameText(secret, adminToken) || undefined),
      ));
    if (isRight !== true) {
      throw new AppError('invalid_api_key', {
        message: 'This call needs the admin token: `Authorization: Bearer …`.',
        headers: { 'www-authenticate': 'Bearer' },
      });
    }
  };
}

/** The caller, if its role has the permission. @throws AppError permission_denied naming the roles that have it */
export function callerWith(request: FastifyRequest, permission: Permission): Caller {
  const { caller } = request;
  invariant(caller !== null, 'the route asks for a key');
  if (!roleMay(caller.key.role, permission)) {
    throw new AppError('permission_denied', {
      message: `A key with the role ${caller.key.role} can't do this. It takes ${rolesWith(permission).join(' or ')}.`,
      facts: { allowed: [...rolesWith(permission)] },
    });
  }
  return caller;
}

/**
 * Who a browser is signed in as: the key that the header names, or the newest one.
 * @throws AppError permission_denied when another site may have sent it
 */
async function findSignedIn(
  request: FastifyRequest,
  { workspaces, sessions, publicUrl }: CallerContext,
): Promise<Caller | undefined> {
  const token = readSessionToken(request, publicUrl());
  if (token === undefined) return undefined;
  requireSameOrigin(request, publicUrl());
  const keyIds = await sessions.findKeyIds(token);
  const wish = readKeyWish(request) ?? '1';
  const id = wish === '1' ? keyIds[0] : keyIds.find((one) => one === wish);
  return id === undefined ? undefined : workspaces.findSignedInCaller(id);
}

/** The key or token that a call carries. */
export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
}
