import { z } from 'zod';
import { AppError } from '../../../errors.js';
import type { Generation } from '../../../images/generation.js';
import { changesSince, recipeOf, type Recipe } from '../../../images/replay.js';
import type { Recorded } from '../../../images/replay-store.js';
import { normaliseGenerationBody } from '../../../images/request.js';
import { generationBodySchema } from '../../../images/request-body.js';
import { generationAnswerSchema, toGenerationAnswer } from '../../answers/generation-answer.js';
import { linksFor } from '../../answers/image-links.js';
import { planAnswerSchema, toPlanAnswer } from '../../answers/plan-answer.js';
import { sendGeneration } from '../../answers/send-generation.js';
import { callerWith } from '../../auth.js';
import { callOnce } from '../../call-once.js';
import type { App, HttpContext } from '../../context.js';
import { errorEnvelopeSchema } from '../../error-envelope.js';
import { readIdempotentCall } from '../../idempotency-key.js';
import type { Caller } from '../../../workspaces/workspace-store.js';

const recipeSchema = z
  .object({
    object: z.literal('image.recipe'),
    image_id: z.string(),
    generation_id: z.string(),
    model: z.string(),
    provider: z.string(),
    route: z.string(),
    upstream_model: z.string(),
    adapter_version: z.string().optional().describe('Version of the gateway that made it.'),
    seed: z.number().int().optional(),
    sha256: z.string().describe('Of the picture’s bytes.'),
    request: generationBodySchema.describe('The request for this one picture.'),
    inputs: z.number().int().describe('Pictures that it was edited from.'),
    reproducible: z.boolean().describe('Whether the same request gives the same bytes.'),
    not_reproducible: z.array(z.string()).describe('Why not.'),
  })
  .meta({ id: 'Recipe' });

const replaySchema = z.object({
  of: z.string(),
  identical: z.boolean().optional().describe('Whether the bytes are the same; absent for a plan.'),
  not_reproducible: z
    .array(z.string())
    .describe('What can’t be reproduced, and why. Empty where the bytes are bound to be the same.'),
});

/** Reads how a picture was made, and makes it again. */
export function registerReplay(app: App, context: HttpContext): void {
  app.get(
    '/v1/images/:id/recipe',
    {
      schema: {
        tags: ['Images'],
        summary: 'How a picture was made',
        description: 'The request for this one picture, with the model and seed that made it.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        response: { 200: recipeSchema, default: errorEnvelopeSchema },
      },
    },
    async (request) => {
      const caller = callerWith(request, 'read');
      const recorded = await find(request.params.id, caller, context);
      return toRecipeAnswer(recorded, recipeOf(recorded, context.catalogue));
    },
  );
  app.post(
    '/v1/images/:id/replay',
    {
      config: { kind: 'make' },
      schema: {
        tags: ['Images'],
        summary: 'Make a picture again',
        description:
          'Runs the recipe of a picture again, at the price of today, and says what can not be reproduced. With `dry_run: true` the plan is answered.',
        security: [{ apiKey: [] }],
        params: z.object({ id: z.string() }),
        body: z
          .strictObject({ dry_run: z.boolean(), metadata: generationBodySchema.shape.metadata })
          .partial()
          .optional(),
        response: {
          200: z.union([
            generationAnswerSchema.extend({ replay: replaySchema }),
            planAnswerSchema.extend({ replay: replaySchema }),
          ]),
          default: errorEnvelopeSchema,
        },
      },
    },
    async (request, reply) => {
      const caller = callerWith(request, 'generate');
      const recorded = await find(request.params.id, caller, context);
      if (recorded.inputsGone) {
        throw new AppError('image_expired', {
          message: 'The pictures that this one was edited from were removed when their time was over.',
          param: 'id',
        });
      }
      const recipe = recipeOf(recorded, context.catalogue);
      const { dry_run: dryRun, metadata } = request.body ?? {};
      const body = {
        ...recipe.request,
        ...(metadata === undefined ? {} : { metadata }),
        response_format: 'url' as const,
      };
      const { request: wish, delivery } = normaliseGenerationBody(body, recorded.edit);
      const plan = await context.images.plan(wish, caller);
      const replay = {
        of: recorded.image.id,
        not_reproducible: [...recipe.notReproducible, ...changesSince(recipe, plan)],
      };
      if (dryRun === true) return reply.send({ ...toPlanAnswer(plan, wish), replay });
      const idempotent = readIdempotentCall(request, caller, { body, of: recorded.image.id }, undefined);
      const hungUp = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) hungUp.abort();
      });
      const outcome = await callOnce(
        idempotent,
        context,
        async () =>
          (
            await context.images.begin({ request: wish, delivery, body, idempotent }, caller, {
              hungUp: hungUp.signal,
              watched: false,
            })
          ).ended,
        (key) => context.images.replay(key, hungUp.signal),
      );
      if ('replayed' in outcome) void reply.header('idempotent-replayed', 'true');
      const generation = 'first' in outcome ? outcome.first : outcome.replayed;
      if (generation.error !== undefined)
        return sendGeneration(generation, delivery, request, reply, context);
      void reply.header('x-generation-id', generation.id);
      return reply.send({
        ...toGenerationAnswer(generation, linksFor(context)),
        replay: { ...replay, identical: isIdentical(generation, recorded) },
      });
    },
  );
}

async function find(id: string, { workspace, key }: Caller, context: HttpContext): Promise<Recorded> {
  const recorded = await context.generations.findRecorded({ workspaceId: workspace.id, mode: key.mode }, id);
  if (recorded === undefined) {
    throw new AppError('not_found', { message: 'There is no picture with this id.', param: 'id' });
  }
  return recorded;
}

function isIdentical(generation: Generation, { image }: Recorded): boolean {
  return generation.images[0]?.sha256 === image.sha256;
}

function toRecipeAnswer({ image, edit }: Recorded, recipe: Recipe): z.output<typeof recipeSchema> {
  return {
    object: 'image.recipe',
    image_id: image.id,
    generation_id: image.generationId,
    model: recipe.model,
    provider: recipe.provider,
    route: recipe.route,
    upstream_model: recipe.upstreamModel,
    ...(recipe.adapterVersion === undefined ? {} : { adapter_version: recipe.adapterVersion }),
    ...(recipe.seed === undefined ? {} : { seed: recipe.seed }),
    sha256: image.sha256,
    request: recipe.request,
    inputs: edit?.inputs.length ?? 0,
    reproducible: recipe.notReproducible.length === 0,
    not_reproducible: [...recipe.notReproducible],
  };
}
