import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_TTL_MS } from '../../workspaces/session-store.js';

const TOKEN_PATTERN = /^[\w-]{43}$/;

/**
 * The cookie that a signed-in browser holds. Browsers don't tell cookies of two ports of a host apart, so that its name has
 * the port where the name can't be bound to the host.
 */
function describeCookie(publicUrl: string): { readonly name: string; readonly secure: boolean } {
  const { protocol, port } = new URL(publicUrl);
  return protocol === 'https:'
    ? { name: '__Host-atelier', secure: true }
    : { name: `atelier_${port === '' ? '80' : port}`, secure: false };
}

/** The token of the browser that calls; undefined without one. */
export function readSessionToken(request: FastifyRequest, publicUrl: string): string | undefined {
  const header = request.headers.cookie;
  if (header === undefined) return undefined;
  const token = parseCookie(header)[describeCookie(publicUrl).name];
  return token !== undefined && TOKEN_PATTERN.test(token) ? token : undefined;
}

/** Gives the browser its token, out of reach for scripts and for other sites; undefined takes it away. */
export function sendSessionToken(reply: FastifyReply, publicUrl: string, token: string | undefined): void {
  const { name, secure } = describeCookie(publicUrl);
  const value = stringifySetCookie({
    name,
    value: token ?? '',
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure,
    maxAge: token === undefined ? 0 : SESSION_TTL_MS / 1000,
  });
  void reply.header('set-cookie', value).header('cache-control', 'no-store');
}
