import { z } from 'zod';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

/** What Prometheus reads; the hook of this scope has checked the admin token. */
export function registerMetrics(app: App, { metrics, gauges, door }: HttpContext): void {
  app.get(
    '/metrics',
    {
      config: { kind: 'always' },
      schema: {
        tags: ['System'],
        summary: 'Metrics of this process',
        description: 'In the text format of Prometheus. docs/operations.md tells each of them.',
        security: [{ adminToken: [] }],
        produces: ['text/plain'],
        response: { 200: z.string(), default: errorEnvelopeSchema },
      },
      // Text, not JSON.
      serializerCompiler: () => String,
    },
    async (_request, reply) => {
      void reply.type('text/plain; version=0.0.4; charset=utf-8');
      return `${metrics.write()}\n${door.write()}\n${await gauges.write()}`;
    },
  );
}
