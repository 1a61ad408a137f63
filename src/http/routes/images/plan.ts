import { normaliseGenerationBody } from '../../../images/request.js';
import { planAnswerSchema, toPlanAnswer } from '../../answers/plan-answer.js';
import { callerWith } from '../../auth.js';
import { readCall } from '../../bodies/call-body.js';
import { editBodySchema, readEditBody } from '../../bodies/edit-body.js';
import { takeInputs } from '../../bodies/take-inputs.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { withFallbackHeader } from '../../fallback-header.js';

/** Its body is read by the parsers of bodies with pictures: see `bodies/picture-body-parsers.ts`. */
export function registerPlan(scope: App, context: HttpContext): void {
  scope.post(
    '/v1/images/plan',
    {
      config: { streamsBody: true },
      schema: {
        tags: ['Images'],
        summary: 'Plan a generation or an edit',
        description:
          'What would run, with what adaptations, at what price. Free. The body is that of a generation, or that of an edit when it ' +
          'holds pictures.',
        security: [{ apiKey: [] }],
        consumes: ['application/json', 'multipart/form-data'],
        body: editBodySchema,
        response: { 200: planAnswerSchema, default: errorEnvelopeSchema },
      },
      validatorCompiler: () => () => ({ value: {} }),
    },
    async (request) => {
      const caller = callerWith(request, 'generate');
      const { written, given } = readEditBody(request);
      const body = await readCall(withFallbackHeader(request, written), caller, context);
      const edit = given === undefined ? undefined : await takeInputs(given, caller, context);
      const { request: wish, delivery } = normaliseGenerationBody(body, edit);
      return toPlanAnswer(await context.images.plan(wish, caller), wish, delivery.recipe);
    },
  );
}
