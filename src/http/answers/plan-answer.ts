import { z } from 'zod';
import { formatSize } from '../../catalogue/size-rules.js';
import { toCredits } from '../../credits/microcredits.js';
import { adjustmentSchema, jsonValue } from '../../images/generation-result.js';
import type { Plan } from '../../images/plan-types.js';

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
  })
  .meta({ id: 'Plan' });
export type PlanAnswer = z.output<typeof planAnswerSchema>;

export function toPlanAnswer(plan: Plan, n: number): PlanAnswer {
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
      credits: toCredits(candidate.pricePerImage * n),
      calls: candidate.calls.map(({ call }) => ({
        images: call.count,
        path: call.path,
        body: { ...call.body },
      })),
      adjustments: candidate.adjustments.map((adjustment) => ({ ...adjustment })),
    })),
    skipped: plan.skipped.map((skip) => ({ ...skip, reasons: [...skip.reasons] })),
    adjustments: first.adjustments.map((adjustment) => ({ ...adjustment })),
  };
}
