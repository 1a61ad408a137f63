import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { EXTENSIONS, invalidLink, type LinkTarget } from '../../../files/signed-links.js';
import { attachment } from '../../content-disposition.js';
import type { App, HttpContext } from '../../context.js';
import type { GeneratedImage } from '../../../images/generation.js';
import { PRESIGNED_S, sendPicture, type SentPicture } from '../../send-picture.js';

/** Parameters are judged by the signer alone, so that a changed link is refused as such whatever was changed in it. */
const text = (description: string) => z.unknown().optional().meta({ type: 'string', description });

/** Signed links to pictures. Whoever has the link may see the picture until it expires. */
export function registerImageLink(app: App, context: HttpContext): void {
  const schema = {
    tags: ['Links'],
    summary: 'A picture by its signed link',
    description:
      'Supports ranges and conditional requests. 410 after expiry; 403 for anything malformed or changed, and for parameters ' +
      'that links don’t have. `download` and `dl` are the holder’s to add.',
    params: z.object({ name: z.string() }),
    querystring: z.looseObject({
      exp: text('Unix seconds; signed.'),
      sig: text('HMAC-SHA-256, base64url.'),
      download: text('Present: answered as a download.'),
      w: text('Pixels; a WebP of this width at most. Signed: see `previews` of pictures.'),
      dl: text('The same with a name; its extension is that of the real type.'),
    }),
  };
  const find = async (image: GeneratedImage, target: LinkTarget): Promise<Shown | undefined> => {
    const { createdAt, origin } = image;
    switch (target.kind) {
      case 'picture':
        return image;
      case 'preview':
        return context.previews.open(image, target.width);
      case 'original':
        return origin?.original === undefined ? undefined : { ...origin.original, createdAt };
    }
  };
  const answer = async (request: LinkRequest, reply: FastifyReply) => {
    const now = context.clock();
    const link = context.signer.verify(request.params.name, request.query, now);
    const image = await context.generations.findImage(link.imageId);
    const shown = image === undefined || image.removed ? undefined : await find(image, link.target);
    if (shown === undefined) {
      throw new AppError('image_expired', { message: 'This picture has expired and was removed.' });
    }
    const leftS = Math.floor((link.expiresAt.getTime() - now.getTime()) / 1000);
    void reply.header('cache-control', `private, max-age=${leftS}, immutable`);
    const disposition =
      link.saveAs === undefined
        ? undefined
        : attachment(link.saveAs, link.imageId, EXTENSIONS[shown.mimeType]);
    const lifeS = Math.max(1, Math.min(leftS, PRESIGNED_S));
    return sendPicture(request, reply, { ...shown, disposition }, context.pictures, {
      redirectForS: context.config.ATELIER_DELIVERY === 'redirect' ? lifeS : undefined,
    });
  };
  app.get('/i/:name', { schema, exposeHeadRoute: false }, answer);
  // On its own: made out of GET, it would read the whole picture to throw it away.
  app.head('/i/:name', { schema: { ...schema, hide: true } }, answer);
  // A separator changed into the name makes another path of it, but no more of a link.
  app.get('/i/*', { schema: { hide: true } }, () => {
    throw invalidLink();
  });
}

type Shown = Omit<SentPicture, 'disposition'>;
type LinkRequest = FastifyRequest<{ Params: { name: string }; Querystring: Record<string, unknown> }>;
