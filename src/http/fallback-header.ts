import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import type { CallBody } from './bodies/call-body.js';

/**
 * The body as the header `x-disable-fallback` changes it: `true` is `fallback: false`, whatever the body says.
 * @throws AppError invalid_request for any other value than `true` and `false`
 */
export function withFallbackHeader(request: FastifyRequest, body: CallBody): CallBody {
  const value = request.headers['x-disable-fallback'];
  if (value === undefined || value === 'false') return body;
  if (value === 'true') return { ...body, fallback: false };
  throw new AppError('invalid_request', {
    message: 'The header `x-disable-fallback` must be true or false.',
    param: 'x-disable-fallback',
    facts: { allowed: ['true', 'false'] },
  });
}
