import { z } from 'zod';
import { AppError } from '../../../errors.js';
import type { App, HttpContext } from '../../context.js';
import { parseRange } from '../../range.js';

/** Signed links to pictures. Whoever has the link may see the picture until it expires. */
export function registerImageLink(app: App, context: HttpContext): void {
  app.get(
    '/i/:name',
    {
      schema: {
        tags: ['Links'],
        summary: 'A picture by its signed link',
        description: 'Supports ranges and conditional requests. 410 after expiry, 403 when changed.',
        params: z.object({ name: z.string() }),
        querystring: z.object({
          exp: z.string().optional(),
          sig: z.string().optional(),
          download: z.string().optional(),
        }),
      },
    },
    async (request, reply) => {
      const { exp, sig, download } = request.query;
      const now = context.clock();
      const id = context.signer.verify(request.params.name, exp, sig, now);
      const image = await context.generations.findImage(id);
      if (image === undefined || image.removed) {
        throw new AppError('image_expired', { message: 'This picture has expired and was removed.' });
      }
      const etag = `"${image.sha256}"`;
      const maxAge = Math.max(0, Math.floor(Number(exp) - now.getTime() / 1000));
      void reply
        .header('etag', etag)
        .header('accept-ranges', 'bytes')
        .header('cache-control', `private, max-age=${maxAge}, immutable`)
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('cross-origin-resource-policy', 'cross-origin')
        .header('access-control-allow-origin', '*');
      if (download !== undefined) {
        void reply.header('content-disposition', `attachment; filename="${request.params.name}"`);
      }
      if (matches(request.headers['if-none-match'], etag)) return reply.status(304).send();
      const { sizeBytes, sha256, mimeType } = image;
      const ifRange = request.headers['if-range'];
      const wanted = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
      const range = parseRange(wanted, sizeBytes);
      if (range === 'unsatisfiable') {
        return reply.status(416).header('content-range', `bytes */${sizeBytes}`).send();
      }
      void reply.type(mimeType);
      if (range === undefined) {
        return reply.header('content-length', sizeBytes).send(context.pictures.read(sha256));
      }
      return reply
        .status(206)
        .header('content-range', `bytes ${range.start}-${range.end}/${sizeBytes}`)
        .header('content-length', range.end - range.start + 1)
        .send(context.pictures.read(sha256, range));
    },
  );
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => ['*', etag, `W/${etag}`].includes(part.trim()));
}
