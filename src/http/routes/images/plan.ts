import { generationBodySchema, normaliseGenerationBody } from '../../../images/request.js';
import { planAnswerSchema, toPlanAnswer } from '../../answers/plan-answer.js';
import { callerWith } from '../../auth.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';

export function registerPlan(app: App, context: HttpContext): void {
  app.post(
    '/v1/images/plan',
    {
      schema: {
        tags: ['Images'],
        summary: 'Plan a generation',
        description:
          'What would run, with what adaptations, at what price. Free; the body is that of a generation.',
        security: [{ apiKey: [] }],
        body: generationBodySchema,
        response: { 200: planAnswerSchema, default: errorEnvelopeSchema },
      },
    },
    (request) => {
      const caller = callerWith(request, 'generate');
      const { request: wish } = normaliseGenerationBody(request.body);
      return Promise.resolve(toPlanAnswer(context.images.plan(wish, caller), wish.n));
    },
  );
}
