import Fastify, { type FastifyInstance } from 'fastify';
import type { App } from '../../context.js';

/** The OpenAPI document and its reader; everything is served from here, nothing is fetched from elsewhere. */
export function registerDocs(app: App): void {
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()));
  let reader: Promise<FastifyInstance> | undefined;
  // Loaded for the first who looks at it: the page keeps twenty megabytes of script in memory.
  for (const url of ['/docs', '/docs/*']) {
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      reader ??= openReader().catch((error: unknown) => {
        // The next one who looks tries again, and a server that stops has nothing to close.
        reader = undefined;
        throw error;
      });
      const opened = await reader;
      reply.hijack();
      opened.routing(request.raw, reply.raw);
    });
  }
  app.addHook('onClose', async () => {
    await (await reader)?.close();
  });
}

async function openReader(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const reader = Fastify();
  await reader.register(scalar, {
    routePrefix: '/docs',
    // Nothing on the page may call or advertise services elsewhere.
    configuration: {
      url: '/openapi.json',
      title: 'Atelier API',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
  await reader.ready();
  return reader;
}
