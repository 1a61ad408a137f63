import { toCredits } from '../credits/microcredits.js';
import type { RouteSpec } from '../providers/model.js';
import { diffPrompts } from '../prompts/prompt-diff.js';
import { copyParts } from '../prompts/structured-prompt.js';
import { VERSION } from '../version.js';
import type { TokenUsage } from '../providers/provider.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { DispatchResult, Finished, Served } from './dispatch-result.js';
import type { GenerationResult, PublicUsage } from './generation-result.js';
import type { NewImage } from './generation.js';
import type { Candidate, Plan } from './plan-types.js';
import type { DeliveryWish, ImageRequest } from './request.js';

/** What is kept of a finished generation: adjustments, receipt, usage and what is missing. */
export function toResult(
  plan: Plan,
  request: ImageRequest,
  delivery: DeliveryWish,
  caller: Caller,
  { served }: DispatchResult,
  images: readonly NewImage[],
  errors: GenerationResult['errors'],
): GenerationResult {
  const [first] = served;
  const candidate = first?.candidate ?? plan.candidates[0];
  const finished = served.flatMap((one) => one.finished);
  const quality = first?.reported['quality'] ?? candidate.calls[0]?.native.quality;
  const reportedPrompt = finished.find(({ received }) => received.revisedPrompt !== undefined)?.received
    .revisedPrompt;
  const promptSent = candidate.calls[0]?.call.prompt ?? request.prompt;
  const negative = candidate.calls[0]?.native.negativePrompt;
  const usage = sumUsage(served.flatMap(tokenUsages));
  const charged = sumCharged(images);
  return {
    ...(quality === undefined ? {} : { quality }),
    adjustments: toldOnce([
      ...candidate.adjustments,
      ...served.flatMap((one) => one.candidate.adjustments),
      ...finished.flatMap((image) => image.finished.adjustments),
    ]),
    receipt: {
      asked_model: plan.asked,
      ...whereabouts(candidate, request),
      mode: caller.key.mode,
      prompt: request.prompt,
      prompt_sent: promptSent,
      ...(reportedPrompt === undefined ? {} : { prompt_reported: reportedPrompt }),
      ...(request.promptParts === undefined ? {} : { prompt_parts: copyParts(request.promptParts) }),
      ...(negative === undefined ? {} : { negative_prompt_sent: negative }),
      ...diffOf(request.prompt, promptSent, reportedPrompt),
      ...(delivery.recipe === undefined ? {} : { recipe: delivery.recipe }),
      adapter_version: VERSION,
      credits_quoted: toCredits(plan.quote),
      credits_charged: toCredits(charged),
      ...describeFallback(plan, served),
      ...(served.length < 2 ? {} : { served: served.map((one) => describeServed(one, request, images)) }),
    },
    ...(usage === undefined ? {} : { usage }),
    errors,
    metadata: delivery.metadata,
  };
}

function diffOf(
  given: string,
  sent: string,
  reported: string | undefined,
): Pick<GenerationResult['receipt'], 'prompt_diff'> {
  const toSent = diffPrompts(given, sent);
  const toReported = reported === undefined ? [] : diffPrompts(sent, reported);
  if (toSent.length === 0 && toReported.length === 0) return {};
  return {
    prompt_diff: {
      ...(toSent.length === 0 ? {} : { sent: [...toSent] }),
      ...(toReported.length === 0 ? {} : { reported: [...toReported] }),
    },
  };
}

function whereabouts(
  { model, route }: Pick<Candidate, 'model'> & { readonly route: RouteSpec },
  request: ImageRequest,
) {
  return {
    model: model.entry.slug,
    provider: model.provider.id,
    route: route.id,
    upstream_model: route.upstream[request.operation] ?? '',
    operator: route.operator,
    operator_country: route.operatorCountry,
    country: route.country,
  };
}

/** Set where something came from a model of the chain. */
function describeFallback(plan: Plan, served: readonly Served[]) {
  const depth = Math.max(0, ...served.map(({ candidate }) => candidate.depth));
  if (depth === 0) return {};
  const [first] = plan.candidates;
  return {
    fallback_from: first.depth === 0 ? first.model.entry.slug : plan.asked,
    fallback_depth: depth,
  };
}

function describeServed({ candidate, finished }: Served, request: ImageRequest, images: readonly NewImage[]) {
  const positions = finished.map(({ received }) => received.position);
  return {
    ...whereabouts(candidate, request),
    images: positions.map((position) => position + 1),
    credits_charged: toCredits(sumCharged(images.filter(({ position }) => positions.includes(position)))),
  };
}

function sumCharged(images: readonly NewImage[]): number {
  return images.reduce((sum, image) => sum + image.charged, 0);
}

function tokenUsages({ candidate, usages }: Served): readonly TokenUsage[] {
  return candidate.model.entry.pricing.kind === 'tokens' ? usages.map(({ usage }) => usage) : [];
}

/** What holds for several pictures is told once. */
function toldOnce(adjustments: Finished['finished']['adjustments']): GenerationResult['adjustments'] {
  const told = new Map<string, GenerationResult['adjustments'][number]>();
  for (const adjustment of adjustments) told.set(JSON.stringify(adjustment), { ...adjustment });
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
