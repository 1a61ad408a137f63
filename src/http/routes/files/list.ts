import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { FILE_PURPOSES } from '../../../files/file-record.js';
import { storageHeaders } from '../../../limits/limits.js';
import { fileAnswerSchema, toFileAnswer } from '../../answers/file-answer.js';
import { listQuery, pageSchema, readListQuery, toPage } from '../../answers/list-page.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

export function registerListFiles(app: App, context: HttpContext): void {
  app.get(
    '/v1/files',
    {
      schema: {
        tags: ['Files'],
        summary: 'List files',
        description: 'Newest first, or oldest first with `order=asc`.',
        security: [{ apiKey: [] }],
        querystring: listQuery({ fallback: 100, max: 10_000 }).extend({
          purpose: z.enum(FILE_PURPOSES).optional(),
          model: z.string().max(200).optional().describe('Slug of the model that made the pictures.'),
        }),
        response: { 200: pageSchema(fileAnswerSchema), default: errorEnvelopeSchema },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'read');
      const { purpose, model } = request.query;
      const found = await context.files.list(
        { workspaceId: caller.workspace.id, mode: caller.key.mode },
        {
          ...readListQuery(request.query),
          purpose,
          model: model === undefined ? undefined : (context.catalogue.find(model)?.entry.slug ?? model),
        },
      );
      void reply.headers(storageHeaders(await context.limits.findStorage(caller)));
      return toPage(found.map(toFileAnswer), request.query);
    },
  );
}

/** A file of the caller's workspace and mode. @throws AppError file_not_found */
export async function requireFile({ files }: HttpContext, caller: ReturnType<typeof callerWith>, id: string) {
  const file = await files.find({ workspaceId: caller.workspace.id, mode: caller.key.mode }, id);
  if (file === undefined) throw fileNotFound();
  return file;
}

export function fileNotFound(): AppError {
  return new AppError('file_not_found', { message: 'There is no file with this id.', param: 'id' });
}
