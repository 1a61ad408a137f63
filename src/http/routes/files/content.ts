import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EXTENSIONS } from '../../../files/signed-links.js';
import { callerWith } from '../../auth.js';
import { attachment } from '../../content-disposition.js';
import type { App, HttpContext } from '../../context.js';
import { PRESIGNED_S, sendPicture } from '../../send-picture.js';
import { fileLost } from '../../../files/file-record.js';
import { requireFile } from './list.js';

/** The bytes of a file. */
export function registerFileContent(app: App, context: HttpContext): void {
  const schema = {
    tags: ['Files'],
    summary: 'Download a file',
    description:
      'The bytes as they were stored, with their real type. Supports ranges and conditional requests. 302 to the operator’s ' +
      'bucket, by a link that needs no key, where that is set.',
    security: [{ apiKey: [] }],
    params: z.object({ id: z.string() }),
  };
  const answer = async (request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply) => {
    const caller = callerWith(request, 'read');
    const file = await requireFile(context, caller, request.params.id);
    if (file.lost) throw fileLost('id');
    void reply.header('cache-control', 'private, no-cache');
    const disposition = attachment(file.filename, file.id, EXTENSIONS[file.mimeType]);
    return sendPicture(
      request,
      reply,
      { ...file, disposition, gone: () => fileLost('id') },
      context.pictures,
      { redirectForS: context.config.ATELIER_DELIVERY === 'redirect' ? PRESIGNED_S : undefined },
    );
  };
  app.get('/v1/files/:id/content', { schema, exposeHeadRoute: false }, answer);
  // On its own: made out of GET, it would tell the length of an empty body.
  app.head('/v1/files/:id/content', { schema: { ...schema, hide: true } }, answer);
}
