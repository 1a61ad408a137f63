import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { AppError } from '../../errors.js';
import type { App } from '../context.js';

/** What `npm run build` makes of `docs/`; the same place seen from `src` and from `dist`. */
const DOCS_FOLDER = path.resolve(import.meta.dirname, '../../../dist/docs');

/** Nothing from elsewhere, nothing inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Atelier</title>
<h1>The documentation is not built yet</h1>
<p><code>npm run build</code> builds it; then restart the server. It can be read in the folder <code>docs</code>, too.</p>
<p>The <a href="/docs/reference">API reference</a> works without it.</p>
</html>
`;

/** Serves the documentation: its pages at `/docs/NAME`, their Markdown at `/docs/NAME.md`, and what language models look for. */
export async function registerDocumentation(app: App): Promise<void> {
  if (!existsSync(path.join(DOCS_FOLDER, 'index.html'))) {
    app.get('/docs', { schema: { hide: true } }, (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(NOT_BUILT),
    );
    return;
  }
  await app.register(async (scope: App) => {
    const files = listFiles();
    await scope.register(fastifyStatic, { root: DOCS_FOLDER, serve: false, index: false });
    const send = (reply: FastifyReply, file: string) => {
      void reply.headers(HEADERS);
      // Names of assets change with what they hold.
      const forGood = /^assets\/.*-[A-Z0-9]{8}\./.test(file);
      return reply.sendFile(file, { maxAge: forGood ? '365d' : '5m', immutable: forGood });
    };
    scope.get('/docs', { schema: { hide: true } }, (_request, reply) => send(reply, 'index.html'));
    scope.get('/docs/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
    scope.get<{ Params: { '*': string } }>('/docs/*', { schema: { hide: true } }, (request, reply) => {
      const name = request.params['*'].replace(/\/$/, '');
      const file = [name, `${name}.html`].find((one) => files.has(one));
      if (file === undefined) throw notThere(name);
      return send(reply, file);
    });
    for (const name of ['llms.txt', 'llms-full.txt']) {
      scope.get(`/${name}`, { schema: { hide: true } }, (_request, reply) => send(reply, name));
    }
  });
}

/** All that may be asked for, as it stands in addresses. */
function listFiles(): ReadonlySet<string> {
  const entries = readdirSync(DOCS_FOLDER, { recursive: true, withFileTypes: true });
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        path.relative(DOCS_FOLDER, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'),
      ),
  );
}

function notThere(name: string): AppError {
  return new AppError('not_found', { message: `There is no page ${name.slice(0, 100)}. /docs lists all.` });
}
