import scalar from '@scalar/fastify-api-reference';
import type { App } from '../../context.js';

/** The OpenAPI document and its reader; everything is served from here, nothing is fetched from elsewhere. */
export async function registerDocs(app: App): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()));
  await app.register(scalar, {
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
}
