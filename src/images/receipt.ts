import { toCredits, type Microcredits } from '../credits/microcredits.js';
import type { TokenUsage } from '../providers/provider.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { DispatchResult } from './dispatch.js';
import type { GenerationResult, PublicUsage } from './generation-result.js';
import type { Candidate, Plan } from './plan-types.js';
import type { DeliveryWish, ImageRequest } from './request.js';
import type { Finished } from './settle.js';

/** What is kept of a finished generation: adjustments, receipt, usage and what is missing. */
export function toResult(
  plan: Plan,
  candidate: Candidate,
  request: ImageRequest,
  delivery: DeliveryWish,
  caller: Caller,
  dispatched: DispatchResult,
  finished: readonly Finished[],
  charged: Microcredits,
  errors: GenerationResult['errors'],
): GenerationResult {
  const { entry, provider } = candidate.model;
  const quality = dispatched.reported['quality'] ?? candidate.calls[0]?.native.quality;
  const reportedPrompt = finished.find(({ received }) => received.revisedPrompt !== undefined)?.received
    .revisedPrompt;
  const usage =
    entry.pricing.kind === 'tokens'
      ? sumUsage(dispatched.usages.map(({ usage: tokens }) => tokens))
      : undefined;
  return {
    ...(quality === undefined ? {} : { quality }),
    adjustments: [...candidate.adjustments, ...surprises(finished)],
    receipt: {
      asked_model: plan.asked,
      model: entry.slug,
      provider: provider.id,
      route: candidate.route.id,
      upstream_model: candidate.route.upstream[request.operation] ?? '',
      operator: candidate.route.operator,
      operator_country: candidate.route.operatorCountry,
      country: candidate.route.country,
      mode: caller.key.mode,
      prompt: request.prompt,
      prompt_sent: candidate.calls[0]?.call.prompt ?? request.prompt,
      ...(reportedPrompt === undefined ? {} : { prompt_reported: reportedPrompt }),
      credits_quoted: toCredits(plan.quote),
      credits_charged: toCredits(charged),
    },
    ...(usage === undefined ? {} : { usage }),
    errors,
    metadata: delivery.metadata,
  };
}

/** What only the delivered bytes showed; the same surprise on several pictures is told once. */
function surprises(finished: readonly Finished[]): GenerationResult['adjustments'] {
  const told = new Map<string, GenerationResult['adjustments'][number]>();
  for (const { finished: image } of finished) {
    for (const adjustment of image.adjustments) told.set(JSON.stringify(adjustment), { ...adjustment });
  }
  return [...told.values()];
}

function sumUsage(usages: readonly TokenUsage[]): PublicUsage | undefined {
  if (usages.length === 0) return undefined;
  const sum = (of: (usage: TokenUsage) => number) => usages.reduce((total, usage) => total + of(usage), 0);
  return {
    total_tokens: sum((usage) => usage.totalTokens),
    input_tokens: sum((usage) => usage.inputTokens),
    output_tokens: sum((usage) => usage.outputTokens),
    input_tokens_details: {
      text_tokens: sum((usage) => usage.inputTextTokens ?? usage.inputTokens - (usage.inputImageTokens ?? 0)),
      image_tokens: sum((usage) => usage.inputImageTokens ?? 0),
    },
    output_tokens_details: {
      text_tokens: sum((usage) => usage.outputTextTokens ?? 0),
      image_tokens: sum((usage) => usage.outputImageTokens ?? usage.outputTokens),
    },
  };
}
