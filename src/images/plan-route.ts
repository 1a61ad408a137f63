import type { CatalogueModel } from '../catalogue/catalogue.js';
import { entryFor } from '../catalogue/operation-entry.js';
import { addMargin, NO_MARGIN, percentFor } from '../credits/margin.js';
import { quoteImage } from '../credits/pricing.js';
import { AppError } from '../errors.js';
import { countChars } from '../prompts/language.js';
import type { NativeSize, RouteSpec } from '../providers/model.js';
import type { Adjustment, NativeRequest } from '../providers/provider.js';
import { planCalls } from './plan-calls.js';
import { planInputs, type InputPlan } from './plan-inputs.js';
import { parseOptions, reportForeignOptions } from './plan-options.js';
import { planParams, type ParamPlan } from './plan-params.js';
import { refusePolicy } from './plan-policy.js';
import { planSize, type SizePlan } from './plan-size.js';
import type { Candidate, PlanPolicy, PlanWorld, Skipped } from './plan-types.js';
import type { ImageRequest } from './request.js';
import { foldSeed } from './seeds.js';

/** A model that a request may run on. */
export interface PlannedModel {
  readonly request: ImageRequest;
  /** As it was named. */
  readonly asked: CatalogueModel;
  /** Itself, or its successor. */
  readonly model: CatalogueModel;
  readonly depth: number;
  /** What is told of every route. */
  readonly notes: readonly Adjustment[];
}

/**
 * What running a request on one route would be, or why that can't be.
 * @throws AppError for everything that is more than the route's inability: policy, parameters, sizes, options
 */
export function planRoute(
  { request, asked, model, depth, notes }: PlannedModel,
  route: RouteSpec,
  policy: PlanPolicy,
  world: PlanWorld,
): Candidate | Skipped {
  const { provider } = model;
  const entry = entryFor(model.entry, request.operation);
  refusePolicy(model, route, policy);
  const state = world.routeState(model, route, policy.mode);
  if (!state.usable || provider.adapter === undefined) {
    const reason = state.usable ? 'its provider is not part of this version' : state.reason;
    const successorOf = asked === model ? '' : ` (the successor of ${asked.entry.slug})`;
    throw new AppError('model_not_configured', {
      message: `${entry.slug}${successorOf} can't be called here: ${reason}.`,
      param: 'model',
    });
  }
  const unable = (reasons: readonly string[]): Skipped => ({
    depth,
    code: 'unsupported_parameter',
    model: entry.slug,
    route: route.id,
    reasons,
  });
  if (route.upstream[request.operation] === undefined) return unable([`no ${request.operation} here`]);
  const params = planParams(request, entry, asked === model ? undefined : asked.entry);
  const promptChars = countChars(params.prompt);
  const marginPercent = percentFor(world.margin ?? NO_MARGIN, entry.slug);
  const priceOf = (size: NativeSize | undefined) =>
    addMargin(
      quoteImage(entry, { quality: params.quality, size, promptChars, inputs: request.inputs.length }),
      marginPercent,
    );
  const size = planSize(request, entry, priceOf);
  const inputs = planInputs(request, entry, size.native);
  const seedAdjustments = reportSeed(request, model);
  const optionAdjustments = reportForeignOptions(request, model);
  const template = {
    native: toNativeRequest(request, model, params, size, inputs),
    seed: request.seed,
    extra: state.extra,
  };
  const positions = Array.from({ length: request.n }, (_, index) => index);
  const planned = planCalls({ model, entry, route, template }, positions);
  if (!planned.ok) return unable(planned.reasons);
  refuseReshaped(request, entry.slug, planned.adjustments);
  return {
    depth,
    model,
    entry,
    route,
    calls: planned.calls,
    template,
    inputs: inputs.inputs,
    mask: request.mask,
    finish: {
      size: size.size,
      ratio: size.ratio,
      format: params.deliverFormat,
      compression: params.deliverCompression,
    },
    adjustments: [
      ...notes,
      ...params.adjustments,
      ...size.adjustments,
      ...inputs.adjustments,
      ...seedAdjustments,
      ...optionAdjustments,
      ...planned.adjustments,
    ],
    nativeSize: size.native,
    pricePerImage: priceOf(size.native),
    marginPercent,
  };
}

/** @throws AppError unsupported_parameter when the provider takes another size than asked under `strict` */
function refuseReshaped(request: ImageRequest, slug: string, adjustments: readonly Adjustment[]): void {
  const reshaped = adjustments.find((adjustment) => adjustment.param === 'size');
  if (request.adapt !== 'strict' || reshaped === undefined) return;
  throw new AppError('unsupported_parameter', {
    message: `${slug} can't honour \`size\` here: ${reshaped.reason}.`,
    param: 'size',
  });
}

function reportSeed(request: ImageRequest, model: CatalogueModel): readonly Adjustment[] {
  const { seed } = request;
  if (seed === undefined) return [];
  const { slug, params } = model.entry;
  const range = params.seed;
  const sent = range === undefined ? undefined : foldSeed(seed, range);
  if (sent === seed) return [];
  if (request.adapt === 'strict') {
    const bounds = range === undefined ? 'it has no seed' : `its seeds go from ${range.min} to ${range.max}`;
    throw new AppError('unsupported_parameter', {
      message: `${slug} can't honour \`seed\`: ${bounds}.`,
      param: 'seed',
      facts: { allowed: range === undefined ? [] : [range.min, range.max] },
    });
  }
  const reason =
    range === undefined
      ? `${slug} has no seed`
      : `folded into the seeds of ${slug}, ${range.min} to ${range.max}`;
  return [{ param: 'seed', asked: seed, ...(sent === undefined ? {} : { sent }), reason }];
}

/** The request in the model's own terms, for all images and without a seed. */
function toNativeRequest(
  request: ImageRequest,
  model: CatalogueModel,
  params: ParamPlan,
  size: SizePlan,
  inputs: InputPlan,
): NativeRequest {
  return {
    operation: request.operation,
    prompt: params.prompt,
    count: request.n,
    size: size.native,
    quality: params.quality,
    style: params.style,
    background: params.background,
    outputFormat: params.outputFormat,
    outputCompression: params.outputCompression,
    moderation: params.moderation,
    personGeneration: params.personGeneration,
    negativePrompt: params.negativePrompt,
    seed: undefined,
    keepPrompt: params.keepPrompt,
    inputFidelity: params.inputFidelity,
    complexity: params.complexity,
    partialImages: params.partialImages,
    user: request.user,
    options: parseOptions(request, model),
    inputs: inputs.inputs.map((input) => input.native),
    masked: inputs.sendsMask,
  };
}
