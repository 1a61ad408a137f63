import type { FastifyRequest } from 'fastify';
import { AppError } from '../../errors.js';

/** Other sites can't send it without asking first, and are never answered when they ask. Names the key that acts, or is `1`. */
export const SESSION_HEADER = 'x-atelier-session';

/**
 * Makes sure that a call which carries a cookie comes from our own pages: browsers send cookies along with what other sites
 * make them do. What changes something takes our header and the browser's word on where it comes from; reading only must
 * not come from elsewhere.
 * @throws AppError permission_denied
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string): void {
  const site = request.headers['sec-fetch-site'];
  if (request.method === 'GET' || request.method === 'HEAD') {
    if (site === undefined || site === 'same-origin' || site === 'none') return;
    throw refusal('comes from another site');
  }
  if (readKeyWish(request) === undefined) throw refusal(`lacks the header \`${SESSION_HEADER}: 1\``);
  const fromHere = site === undefined ? isOwnOrigin(request, publicUrl) : site === 'same-origin';
  if (!fromHere) throw refusal('comes from another site');
}

/** What the header says: the id of the key that acts, or `1`. */
export function readKeyWish(request: FastifyRequest): string | undefined {
  const value = request.headers[SESSION_HEADER];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isOwnOrigin(request: FastifyRequest, publicUrl: string): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { origin: from, host: fromHost } = new URL(origin);
  return from === new URL(publicUrl).origin || fromHost === host;
}

function refusal(why: string): AppError {
  return new AppError('permission_denied', {
    message: `This call is signed in by a cookie and ${why}. Programs send \`Authorization: Bearer …\` instead.`,
  });
}
