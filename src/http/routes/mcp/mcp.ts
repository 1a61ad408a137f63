import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { bearerOf, requireKey } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { limitRequests } from '../../limit-requests.js';
import { requireOwnAddress } from './own-address.js';

/** Of one message. A picture of some megabytes fits in as a data URI; larger ones come by id or address. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

const toolCall = z.looseObject({ method: z.literal('tools/call') });

/**
 * The Model Context Protocol over streamable HTTP, without sessions: any process answers any message. Tools call this gateway's
 * public API with the caller's own key, so that keys, roles, limits and prices are those of the API.
 */
export function registerMcp(scope: App, context: HttpContext): void {
  const { config } = context;
  const limit = limitRequests(context.limits);
  scope.addHook('onRequest', (request, _reply, done) => {
    requireOwnAddress(request, { publicUrl: context.publicUrl(), listensOn: config.HOST });
    if (bearerOf(request) === undefined) throw noKey();
    done();
  });
  scope.addHook('onRequest', requireKey(context));
  // What calls a tool is counted by the calls that the tool makes.
  scope.addHook('preHandler', async (request, reply) => {
    if (!toolCall.safeParse(request.body).success) await limit(request, reply);
  });
  scope.post(
    '/mcp',
    { schema: { hide: true }, bodyLimit: Math.min(MAX_BODY_BYTES, config.ATELIER_MAX_BODY_BYTES) },
    async (request, reply) => {
      // Loaded for the first who asks; most gateways are never asked.
      const { answerMcp } = await import('../../../mcp/answer-mcp.js');
      const hungUp = new AbortController();
      reply.raw.once('close', () => {
        hungUp.abort();
      });
      const gateway = { url: context.listeningUrl(), key: bearerOf(request) ?? '' };
      const answer = await answerMcp(toWebRequest(request), request.body, gateway, hungUp.signal, (error) => {
        request.log.error({ err: error }, 'a tool failed inside');
      });
      for (const [name, value] of answer.headers) {
        if (name !== 'connection') void reply.header(name, value);
      }
      return reply.code(answer.status).send(answer.body === null ? undefined : Readable.fromWeb(answer.body));
    },
  );
}

/** Its body was read already. */
function toWebRequest({ headers }: FastifyRequest): Request {
  const plain = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && name !== 'content-length' ? [[name, value]] : [],
  );
  return new Request('http://gateway/mcp', { method: 'POST', headers: plain });
}

function noKey(): AppError {
  return new AppError('invalid_api_key', {
    message: 'Agents send a key of this gateway: `Authorization: Bearer atl_live_…` or `atl_test_…`.',
    headers: { 'www-authenticate': 'Bearer' },
  });
}
