import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App, HttpContext } from '../context.js';

/** What Vite builds; the same place seen from `src` and from `dist`. */
const WEB_FOLDER = path.resolve(import.meta.dirname, '../../../dist/web');

/** Below these, an unknown path is a call that went wrong and never a screen. */
const API_PATHS = /^\/(v1|i|docs|assets|mcp|healthz|readyz|metrics|openapi\.json|llms(-full)?\.txt)(\/|$)/;

/** The origin of a link does not depend on what it leads to. */
const NO_BLOB = '0'.repeat(64);

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Atelier</title>
<h1>Atelier is running</h1>
<p>The playground is not built yet. <code>npm run build</code> builds it; then restart the server.</p>
<p>The API works without it: <a href="/docs/reference">reference</a>.</p>
</html>
`;

/** Serves the playground: its files for good, since their names change with them, and its one page fresh every time. */
export async function registerScreens(app: App, context: HttpContext): Promise<void> {
  if (existsSync(path.join(WEB_FOLDER, 'assets'))) {
    await app.register(fastifyStatic, {
      root: path.join(WEB_FOLDER, 'assets'),
      prefix: '/assets/',
      index: false,
      preCompressed: true,
      immutable: true,
      maxAge: '365d',
      setHeaders: (reply) => {
        void reply.header('x-content-type-options', 'nosniff');
        void reply.header('cross-origin-resource-policy', 'same-origin');
      },
    });
  }
  app.get('/', { schema: { hide: true } }, (_request, reply) => sendScreen(reply, context));
}

/** Whether a browser asks for a page at a path that no call has: screens have paths of their own there. */
export function asksForScreen(request: FastifyRequest): boolean {
  const path = request.url.split('?')[0] ?? '';
  const reads = request.method === 'GET' || request.method === 'HEAD';
  return reads && (request.headers.accept ?? '').includes('text/html') && !API_PATHS.test(path);
}

/** The one page of the playground. Its scripts decide which screen is shown. */
export async function sendScreen(reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  void reply.headers({
    'content-security-policy': contentSecurityPolicy(await pictureOrigins(context)),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'cache-control': 'no-cache',
  });
  // Without the assets nothing was registered that could send files.
  return 'sendFile' in reply && existsSync(path.join(WEB_FOLDER, 'index.html'))
    ? reply.sendFile('index.html', WEB_FOLDER, { cacheControl: false, immutable: false })
    : reply.type('text/html; charset=utf-8').send(NOT_BUILT);
}

/** Where pictures come from: the address that links begin with, and the store that they may lead to. */
async function pictureOrigins({ publicUrl, config, pictures }: HttpContext): Promise<readonly string[]> {
  const stored =
    config.ATELIER_DELIVERY === 'redirect'
      ? await pictures.presign(NO_BLOB, { expiresInS: 1, contentType: 'image/png', disposition: 'inline' })
      : undefined;
  return [publicUrl(), ...(stored === undefined ? [] : [stored])].map((url) => new URL(url).origin);
}

/** Nothing from elsewhere but pictures, nothing inline. */
function contentSecurityPolicy(pictureOrigins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' data: blob: ${pictureOrigins.join(' ')}`,
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
