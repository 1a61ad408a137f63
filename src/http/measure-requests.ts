import type { FastifyReply, FastifyRequest } from 'fastify';
import { performance } from 'node:perf_hooks';
import type { Metrics } from '../telemetry/metrics.js';
import type { Span } from '../telemetry/tracing.js';
import type { App } from './context.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** When the steps of a request were done, in milliseconds after its beginning. */
    authenticatedAtMs: number;
    /** When a generation had ended and its answer began; 0 where there is none. */
    endedAtMs: number;
    /** Of the whole request; null until its handler is about to run. */
    span: Span | null;
  }
}

/**
 * Counts, times and traces requests. Every route gets recorders of its own, so that nothing is looked up while it is answered.
 * To be called before routes are registered.
 */
export function measureRequests(app: App, metrics: Metrics): void {
  app.decorateRequest('authenticatedAtMs', 0);
  app.decorateRequest('endedAtMs', 0);
  app.decorateRequest('span', null);
  app.addHook('onRoute', (route) => {
    const method = [route.method].flat().join(' ');
    const meter = metrics.meterRoute(method, route.url);
    const start = (request: FastifyRequest, startMs: number) =>
      metrics.tracing.start(`${method} ${route.url}`, {
        kind: 'server',
        attributes: { 'http.request.method': request.method, 'http.route': route.url },
        startMs,
        traceparent: [request.headers['traceparent']].flat()[0],
      });
    const enter = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      const now = performance.now();
      const startMs = now - reply.elapsedTime;
      const span = start(request, startMs);
      request.span = span;
      span.run(() => {
        if (request.caller !== null) {
          const authenticatedMs = startMs + request.authenticatedAtMs;
          metrics.passed('authenticate', startMs, authenticatedMs);
          metrics.passed('parse', authenticatedMs, now);
        }
        done();
      });
    };
    const record = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      const now = performance.now();
      const elapsedMs = reply.elapsedTime;
      meter.answered(reply.statusCode, elapsedMs / 1000);
      // One that was refused at the door has none yet.
      const span = request.span ?? start(request, now - elapsedMs);
      if (request.endedAtMs > 0) {
        span.run(() => {
          metrics.passed('deliver', now - elapsedMs + request.endedAtMs, now);
        });
      }
      span.set({ 'http.response.status_code': reply.statusCode });
      if (reply.statusCode >= 500) span.fail(String(reply.statusCode));
      span.end();
      done();
    };
    route.preHandler = [enter, ...[route.preHandler ?? []].flat()];
    route.onResponse = [record, ...[route.onResponse ?? []].flat()];
  });
  app.addHook('preParsing', (request, reply, _payload, done) => {
    request.authenticatedAtMs = reply.elapsedTime;
    done();
  });
}
