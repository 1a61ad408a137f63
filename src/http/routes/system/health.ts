import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import type { App, HttpContext } from '../../context.js';

/** A look at the stores writes a little and takes no key: whoever asks more often hears what the last one found. */
const LOOK_AGAIN_MS = 1_000;

/** Liveness says that the process runs, readiness that its stores can be used. */
export function registerHealth(app: App, context: HttpContext): void {
  const checkStores = atMostEvery(LOOK_AGAIN_MS, context.checkStores);
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
        await checkStores();
        return await reply.send({ status: 'ready' });
      } catch (error) {
        request.log.error({ err: error }, 'a store can not be used');
        return reply.status(503).send({ status: 'not ready' });
      }
    },
  );
}

/** Whoever asks within `periodMs` of the last time shares what that one finds, good or bad. */
function atMostEvery(periodMs: number, look: () => Promise<void>): () => Promise<void> {
  let last: { readonly startedMs: number; readonly outcome: Promise<void> } | undefined;
  return () => {
    const nowMs = performance.now();
    if (last === undefined || nowMs - last.startedMs >= periodMs)
      last = { startedMs: nowMs, outcome: look() };
    return last.outcome;
  };
}
