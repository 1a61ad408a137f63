import { z } from 'zod';
import { storageHeaders } from '../../../limits/limits.js';
import { fileAnswerSchema, toFileAnswer } from '../../answers/file-answer.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { fileNotFound, requireFile } from './list.js';

const params = z.object({ id: z.string() });

/** One file: what is known of it, its end. */
export function registerFile(app: App, context: HttpContext): void {
  app.get(
    '/v1/files/:id',
    {
      schema: {
        tags: ['Files'],
        summary: 'Read about a file',
        security: [{ apiKey: [] }],
        params,
        response: { 200: fileAnswerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'read');
      return toFileAnswer(await requireFile(context, caller, request.params.id));
    },
  );
  app.delete(
    '/v1/files/:id',
    {
      schema: {
        tags: ['Files'],
        summary: 'Delete a file for good',
        description:
          'The generated picture that it keeps goes with it, its links included. The bytes are removed from the store within ' +
          'two minutes, unless another file or picture has the same.',
        security: [{ apiKey: [] }],
        params,
        response: {
          200: z.object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) }),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'store');
      const { id } = request.params;
      const owner = { workspaceId: caller.workspace.id, mode: caller.key.mode };
      if (!(await context.files.delete(owner, id))) throw fileNotFound();
      void reply.headers(storageHeaders(await context.limits.findStorage(caller)));
      return { id, object: 'file' as const, deleted: true as const };
    },
  );
}
