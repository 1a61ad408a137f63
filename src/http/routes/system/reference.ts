import { createHash } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import type { App } from '../../context.js';

const PREFIX = '/docs/reference';

/** The OpenAPI document and its reader; everything is served from here, nothing is fetched from elsewhere. */
export function registerReference(app: App): void {
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()));
  let reader: Promise<FastifyInstance> | undefined;
  // Loaded for the first who looks at it: the page keeps twenty megabytes of script in memory.
  for (const url of [PREFIX, `${PREFIX}/*`]) {
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
  reader.addHook('onSend', async (_request, reply, payload) => {
    void reply.header('x-content-type-options', 'nosniff');
    if (typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html')) {
      void reply.header('content-security-policy', policyOf(payload));
    }
    return Promise.resolve(payload);
  });
  await reader.register(scalar, {
    routePrefix: PREFIX,
    // Nothing on the page may call or advertise services elsewhere.
    configuration: {
      url: '/openapi.json',
      title: 'Atelier API',
      favicon: '/docs/assets/mark.svg',
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

/** Scripts of this server and the page's own ones, and calls to this server only; the page styles itself as it goes. */
function policyOf(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src 'self' ${inline.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
