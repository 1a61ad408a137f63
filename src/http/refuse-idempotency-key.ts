import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';

/** Replays aren't kept in this version, and a client that sends a key relies on them. */
export function refuseIdempotencyKey(request: FastifyRequest): void {
  if (request.headers['idempotency-key'] === undefined) return;
  throw new AppError('unsupported_parameter', {
    message:
      'The header `Idempotency-Key` is not available in this version: a repeated call would run and be charged again.',
    param: 'idempotency-key',
  });
}
