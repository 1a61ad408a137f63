import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../telemetry/metrics.js';
import type { App } from './context.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** When the steps of a request were done, in milliseconds after its beginning. */
    authenticatedAtMs: number;
    /** When a generation had ended and its answer began; 0 where there is none. */
    endedAtMs: number;
  }
}

/**
 * Counts and times requests. Every route gets recorders of its own, so that nothing is looked up while it is answered. To be
 * called before routes are registered.
 */
export function measureRequests(app: App, metrics: Metrics): void {
  const { authenticate, parse, deliver } = metrics.phases;
  app.decorateRequest('authenticatedAtMs', 0);
  app.decorateRequest('endedAtMs', 0);
  app.addHook('onRoute', (route) => {
    const meter = metrics.meterRoute([route.method].flat().join(' '), route.url);
    const record = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      const elapsedMs = reply.elapsedTime;
      meter.answered(reply.statusCode, elapsedMs / 1000);
      if (request.endedAtMs > 0) deliver.observe((elapsedMs - request.endedAtMs) / 1000);
      done();
    };
    route.onResponse = [record, ...[route.onResponse ?? []].flat()];
  });
  app.addHook('preParsing', (request, reply, _payload, done) => {
    request.authenticatedAtMs = reply.elapsedTime;
    done();
  });
  app.addHook('preHandler', (request, reply, done) => {
    if (request.caller !== null) {
      authenticate.observe(request.authenticatedAtMs / 1000);
      parse.observe((reply.elapsedTime - request.authenticatedAtMs) / 1000);
    }
    done();
  });
}
