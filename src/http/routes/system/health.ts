import { z } from 'zod';
import type { App, HttpContext } from '../../context.js';

/** Liveness says that the process runs, readiness that its stores can be used. */
export function registerHealth(app: App, context: HttpContext): void {
  app.get(
    '/healthz',
    {
      config: { kind: 'always' },
      schema: {
        tags: ['System'],
        summary: 'Is the process alive',
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    () => Promise.resolve({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      config: { kind: 'always' },
      schema: {
        tags: ['System'],
        summary: 'Can it work',
        response: {
          200: z.object({ status: z.literal('ready') }),
          503: z.object({ status: z.literal('not ready') }),
        },
      },
    },
    async (request, reply) => {
      try {
        await context.checkStores();
        return await reply.send({ status: 'ready' });
      } catch (error) {
        request.log.error({ err: error }, 'a store can not be used');
        return reply.status(503).send({ status: 'not ready' });
      }
    },
  );
}
