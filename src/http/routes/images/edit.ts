import { z } from 'zod';
import { normaliseGenerationBody } from '../../../images/request.js';
import { generationAnswerSchema } from '../../answers/generation-answer.js';
import { planAnswerSchema, toPlanAnswer } from '../../answers/plan-answer.js';
import { sendGeneration } from '../../answers/send-generation.js';
import { callerWith } from '../../auth.js';
import { editBodySchema, readEditBody } from '../../bodies/edit-body.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { refuseIdempotencyKey } from '../../refuse-idempotency-key.js';

/** Its body is read by the parsers of bodies with pictures: see `bodies/picture-body-parsers.ts`. */
export function registerEdit(scope: App, context: HttpContext): void {
  scope.post(
    '/v1/images/edits',
    {
      schema: {
        tags: ['Images'],
        summary: 'Edit images',
        description:
          'Makes new pictures of given ones. As `multipart/form-data` (files `image`, `image[]` or `images`, and `mask`; the other ' +
          'fields as text) or as JSON. With `dry_run: true` nothing runs and the plan is answered.',
        security: [{ apiKey: [] }],
        consumes: ['application/json', 'multipart/form-data'],
        body: editBodySchema,
        response: { 200: z.union([generationAnswerSchema, planAnswerSchema]), default: errorEnvelopeSchema },
      },
      // Pictures are references by now; `readEditBody` checks the rest.
      validatorCompiler: () => () => ({ value: {} }),
    },
    async (request, reply) => {
      const caller = callerWith(request, 'generate');
      refuseIdempotencyKey(request);
      const { body, given } = readEditBody(request);
      const edit = await context.intake.take(given ?? { inputs: [], mask: undefined }, caller);
      const { request: wish, delivery } = normaliseGenerationBody(body, edit);
      if (delivery.dryRun) return reply.send(toPlanAnswer(context.images.plan(wish, caller), wish.n));
      const generation = await context.images.generate({ request: wish, delivery }, body, caller);
      return sendGeneration(generation, delivery, request, reply, context);
    },
  );
}
