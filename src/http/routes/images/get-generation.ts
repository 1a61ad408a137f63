import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { generationAnswerSchema, toGenerationAnswer } from '../../answers/generation-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

export function registerGetGeneration(app: App, context: HttpContext): void {
  app.get(
    '/v1/images/generations/:id',
    {
      schema: {
        tags: ['Images'],
        summary: 'Read a generation',
        description: 'The record behind a call. Links are signed afresh while the pictures are kept.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: { 200: generationAnswerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'read');
      const generation = await context.generations.find(
        caller.workspace.id,
        caller.key.mode,
        request.params.id,
      );
      if (generation === undefined) {
        throw new AppError('not_found', { message: 'There is no generation with this id.', param: 'id' });
      }
      return toGenerationAnswer(generation, linksFor(context));
    },
  );
}
