import { z } from 'zod';
import { AppError } from '../../../errors.js';
import { generationAnswerSchema, toGenerationAnswer } from '../../answers/generation-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

export function registerCancelGeneration(app: App, context: HttpContext): void {
  app.delete(
    '/v1/images/generations/:id',
    {
      schema: {
        tags: ['Images'],
        summary: 'Cancel a generation',
        description:
          'What waits is given up at once, what runs is stopped: pictures that were delivered by then are kept and charged, the ' +
          'rest is not. One that has ended stays as it is, so that cancelling twice is harmless. Answers with the generation; ' +
          'its `status` tells how it ended.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: { 200: generationAnswerSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'generate');
      const generation = await context.images.cancel(caller, request.params.id);
      if (generation === undefined) {
        throw new AppError('not_found', { message: 'There is no generation with this id.', param: 'id' });
      }
      return toGenerationAnswer(generation, linksFor(context));
    },
  );
}
