import { z } from 'zod';
import { normaliseGenerationBody } from '../../../images/request.js';
import { generationAnswerSchema } from '../../answers/generation-answer.js';
import { planAnswerSchema, toPlanAnswer } from '../../answers/plan-answer.js';
import { answerCall } from '../../answer-call.js';
import { callerWith } from '../../auth.js';
import { readCall } from '../../bodies/call-body.js';
import { editBodySchema, readEditBody } from '../../bodies/edit-body.js';
import { takeInputs } from '../../bodies/take-inputs.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { withFallbackHeader } from '../../fallback-header.js';

/** Its body is read by the parsers of bodies with pictures: see `bodies/picture-body-parsers.ts`. */
export function registerEdit(scope: App, context: HttpContext): void {
  scope.post(
    '/v1/images/edits',
    {
      config: { kind: 'make', streamsBody: true },
      schema: {
        tags: ['Images'],
        summary: 'Edit images',
        description:
          'Makes new pictures of given ones. As `multipart/form-data` (files `image`, `image[]` or `images`, and `mask`; the other ' +
          'fields as text) or as JSON. With `Prefer: respond-async` the answer comes at once. With `dry_run: true` nothing runs and the plan is answered.',
        security: [{ apiKey: [] }],
        consumes: ['application/json', 'multipart/form-data'],
        body: editBodySchema,
        response: {
          200: z.union([generationAnswerSchema, planAnswerSchema]),
          202: generationAnswerSchema,
          default: errorEnvelopeSchema,
        },
      },
      // Pictures are references by now; `readEditBody` checks the rest.
      validatorCompiler: () => () => ({ value: {} }),
    },
    async (request, reply) => {
      const caller = callerWith(request, 'generate');
      const { written: asSent, given } = readEditBody(request);
      const written = withFallbackHeader(request, asSent);
      const body = await readCall(written, caller, context);
      const { delivery } = normaliseGenerationBody(body);
      if (delivery.persist) callerWith(request, 'store');
      const take = async () => {
        const edit = await takeInputs(given ?? { inputs: [], mask: undefined }, caller, context);
        return normaliseGenerationBody(body, edit).request;
      };
      if (delivery.dryRun) {
        const wish = await take();
        return reply.send(toPlanAnswer(await context.images.plan(wish, caller), wish, delivery.recipe));
      }
      return answerCall({ request, reply, caller, written, body, delivery, given, take }, context);
    },
  );
}
