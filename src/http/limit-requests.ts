import type { FastifyReply, FastifyRequest } from 'fastify';
import { invariant } from '../errors.js';
import { rateLimitHeaders, type Limits } from '../limits/limits.js';

/** Hook that counts a caller's requests, after its key was found; every answer of a limited caller says where it stands. */
export function limitRequests(limits: Limits) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { caller } = request;
    invariant(caller !== null, 'the route asks for a key');
    const count = await limits.countRequest(caller);
    if (count !== undefined) void reply.headers(rateLimitHeaders(count));
  };
}
