import { z } from 'zod';
import { formatSize } from '../../catalogue/size-rules.js';
import { toCredits } from '../../credits/microcredits.js';
import { adjustmentSchema, jsonValue } from '../../images/generation-result.js';
import type { Candidate, Plan } from '../../images/plan-types.js';
import { usedRecipeSchema, type UsedRecipe } from '../../images/recipes/used-recipe.js';
import type { ImageRequest } from '../../images/request.js';
import { diffPrompts, promptChangeSchema } from '../../prompts/prompt-diff.js';
import { copyParts, structuredPromptSchema } from '../../prompts/structured-prompt.js';

/** What would run, with what adaptations and at what price. */
export const planAnswerSchema = z
  .object({
    object: z.literal('image.plan'),
    model: z.string().describe('The model that would be served.'),
    asked_model: z.string(),
    quote: z.object({ credits: z.number().describe('The most that this request can cost.') }),
    candidates: z.array(
      z.object({
        depth: z
          .number()
          .int()
          .describe('0: the model that was asked for; else its place among the fallbacks.'),
        model: z.string(),
        provider: z.string(),
        route: z.string(),
        operator: z.string(),
        operator_country: z.string(),
        country: z.string(),
        size_sent: z.string().optional(),
        size_delivered: z.string().optional(),
        credits: z.number(),
        calls: z.array(
          z.object({ images: z.number().int(), path: z.string(), body: z.record(z.string(), jsonValue) }),
        ),
        adjustments: z.array(adjustmentSchema),
      }),
    ),
    prompt: z
      .object({
        given: z.union([z.string(), structuredPromptSchema]),
        sent: z.string().describe('As it would leave, additions included.'),
        negative_prompt_sent: z.string().optional().describe('What would go into a field of its own.'),
        changes: z
          .array(promptChangeSchema)
          .optional()
          .describe('Word by word; absent where nothing changes.'),
        revision: z
          .enum(['never', 'prevented', 'best_effort', 'possible'])
          .describe(
            'Whether the provider rewrites it then: never; prevented by a switch; best_effort: asked not to; possible: it may.',
          ),
        pin: z
          .object({
            prompt: z.string(),
            negative_prompt: z.string(),
            prompt_revision: z.literal(false).optional(),
          })
          .describe('Sent instead of the same fields of this request, these give the same call again.'),
      })
      .describe('What becomes of the prompt.'),
    skipped: z.array(
      z.object({
        depth: z.number().int(),
        model: z.string(),
        route: z.string(),
        code: z.string(),
        reasons: z.array(z.string()),
      }),
    ),
    adjustments: z.array(adjustmentSchema),
    recipe: usedRecipeSchema.optional(),
  })
  .meta({ id: 'Plan' });
export type PlanAnswer = z.output<typeof planAnswerSchema>;

/**
 * @param request that was planned
 * @param recipe that it came of
 */
export function toPlanAnswer(plan: Plan, request: ImageRequest, recipe?: UsedRecipe): PlanAnswer {
  const [first] = plan.candidates;
  return {
    object: 'image.plan',
    model: first.model.entry.slug,
    asked_model: plan.asked,
    quote: { credits: toCredits(plan.quote) },
    candidates: plan.candidates.map((candidate) => ({
      depth: candidate.depth,
      model: candidate.model.entry.slug,
      provider: candidate.model.provider.id,
      route: candidate.route.id,
      operator: candidate.route.operator,
      operator_country: candidate.route.operatorCountry,
      country: candidate.route.country,
      ...(candidate.nativeSize === undefined ? {} : { size_sent: formatSize(candidate.nativeSize) }),
      ...(candidate.finish.size === undefined ? {} : { size_delivered: formatSize(candidate.finish.size) }),
      credits: toCredits(candidate.pricePerImage * request.n),
      calls: candidate.calls.map(({ call }) => ({
        images: call.count,
        path: call.path,
        body: { ...call.body },
      })),
      adjustments: candidate.adjustments.map((adjustment) => ({ ...adjustment })),
    })),
    prompt: describePrompt(first, request),
    skipped: plan.skipped.map((skip) => ({ ...skip, reasons: [...skip.reasons] })),
    adjustments: first.adjustments.map((adjustment) => ({ ...adjustment })),
    ...(recipe === undefined ? {} : { recipe }),
  };
}

function describePrompt(candidate: Candidate, request: ImageRequest): PlanAnswer['prompt'] {
  const { promptParts, prompt, promptRevision } = request;
  const [first] = candidate.calls;
  const words = first?.native.prompt ?? prompt;
  const sent = first?.call.prompt ?? prompt;
  const negative = first?.native.negativePrompt;
  const changes = diffPrompts(prompt, sent);
  return {
    given: promptParts === undefined ? prompt : copyParts(promptParts),
    sent,
    ...(negative === undefined ? {} : { negative_prompt_sent: negative }),
    ...(changes.length === 0 ? {} : { changes: [...changes] }),
    revision: revisionOf(candidate, promptRevision),
    pin: {
      prompt: words,
      negative_prompt: negative ?? '',
      ...(promptRevision === false ? { prompt_revision: false as const } : {}),
    },
  };
}

function revisionOf({ entry }: Candidate, asked: boolean | undefined): PlanAnswer['prompt']['revision'] {
  const { promptRevision } = entry.params;
  switch (promptRevision.kind) {
    case 'never':
      return 'never';
    case 'unavoidable':
      return 'possible';
    case 'switchable':
      return asked !== false ? 'possible' : promptRevision.certain ? 'prevented' : 'best_effort';
  }
}
