import { z } from 'zod';
import { normaliseGenerationBody } from '../../../images/request.js';
import { generationAnswerSchema } from '../../answers/generation-answer.js';
import { planAnswerSchema, toPlanAnswer } from '../../answers/plan-answer.js';
import { answerCall } from '../../answer-call.js';
import { callerWith } from '../../auth.js';
import { callBodySchema, readCall } from '../../bodies/call-body.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { withFallbackHeader } from '../../fallback-header.js';

export function registerGenerate(app: App, context: HttpContext): void {
  app.post(
    '/v1/images/generations',
    {
      config: { kind: 'make' },
      schema: {
        tags: ['Images'],
        summary: 'Generate images',
        description:
          'Runs to the end and answers with links or base64. With `Prefer: respond-async` the answer comes at once, and the ' +
          'generation is run when its turn comes. With `dry_run: true` nothing runs and the plan is answered.',
        security: [{ apiKey: [] }],
        body: callBodySchema,
        response: {
          200: z.union([generationAnswerSchema, planAnswerSchema]),
          202: generationAnswerSchema,
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'generate');
      const written = withFallbackHeader(request, request.body);
      const body = await readCall(written, caller, context);
      const { request: wish, delivery } = normaliseGenerationBody(body);
      if (delivery.persist) callerWith(request, 'store');
      if (delivery.dryRun) {
        return reply.send(toPlanAnswer(await context.images.plan(wish, caller), wish, delivery.recipe));
      }
      return answerCall(
        {
          request,
          reply,
          caller,
          written,
          body,
          delivery,
          given: undefined,
          take: () => Promise.resolve(wish),
        },
        context,
      );
    },
  );
}
