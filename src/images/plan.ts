import { nearestName, type Catalogue, type CatalogueModel } from '../catalogue/catalogue.js';
import { lifecycleStatus } from '../catalogue/lifecycle.js';
import { entryFor } from '../catalogue/operation-entry.js';
import { addMargin, NO_MARGIN, percentFor } from '../credits/margin.js';
import { quoteImage } from '../credits/pricing.js';
import { AppError, invariant } from '../errors.js';
import { refuseModel } from '../limits/model-limit.js';
import type { NativeSize, RouteSpec } from '../providers/model.js';
import type { Adjustment, NativeRequest } from '../providers/provider.js';
import { planInputs, type InputPlan } from './plan-inputs.js';
import { countChars, planParams, type ParamPlan } from './plan-params.js';
import { refusePolicy } from './plan-policy.js';
import { planSize, type SizePlan } from './plan-size.js';
import type { Candidate, Plan, PlannedCall, PlanPolicy, PlanWorld, Skipped } from './plan-types.js';
import type { ImageRequest } from './request.js';
import { deriveSeed, foldSeed } from './seeds.js';

/**
 * Plans a request: no I/O, the same input gives the same plan.
 * @throws AppError with the first reason why nothing can honour the request: model_not_found, model_retired,
 *   model_not_configured, model_not_allowed, prc_opt_in_required, unsupported_size, unsupported_parameter, prompt_too_long, …
 */
export function planImageRequest(
  request: ImageRequest,
  catalogue: Catalogue,
  policy: PlanPolicy,
  world: PlanWorld,
): Plan {
  const asked = catalogue.get(request.model);
  refuseModel(policy.modelLimits ?? [], asked.entry.slug);
  refuseUnknownProviders(request, catalogue);
  const { model, forwards } = forward(asked, catalogue, policy, world);
  if (
    request.operation === 'generate' &&
    model.entry.routes.every((route) => route.upstream.generate === undefined)
  ) {
    throw new AppError('unsupported_parameter', {
      message: `${model.entry.slug} only edits pictures: send it to POST /v1/images/edits.`,
      param: 'model',
    });
  }
  const servers = serversOf(model, policy, world);
  if (request.operation === 'edit' && servers.every(({ entry }) => entry.edit === undefined)) {
    throw new AppError('edit_not_supported', {
      message: `${model.entry.slug} can't edit pictures.`,
      param: 'model',
    });
  }
  const skipped: Skipped[] = [];
  const candidates: Candidate[] = [];
  let refusal: AppError | undefined;
  for (const { server, route } of servers.flatMap((server) =>
    server.entry.routes.map((route) => ({ server, route })),
  )) {
    try {
      const from = asked === model ? server : asked;
      const candidate = planRoute(request, from, server, route, forwards, policy, world);
      if ('reasons' in candidate) skipped.push(candidate);
      else candidates.push(candidate);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refusal ??= error;
      skipped.push({ model: model.entry.slug, route: route.id, reasons: [error.message] });
    }
  }
  const [first, ...rest] = candidates;
  if (first === undefined) {
    throw (
      refusal ??
      new AppError('unsupported_parameter', {
        message: `${model.entry.slug} can't honour this request: ${skipped.flatMap((skip) => skip.reasons).join('; ')}.`,
        param: 'model',
      })
    );
  }
  return {
    asked: asked.entry.slug,
    candidates: [first, ...rest],
    skipped,
    quote: first.pricePerImage * request.n,
  };
}

function forward(
  asked: CatalogueModel,
  catalogue: Catalogue,
  policy: PlanPolicy,
  world: PlanWorld,
): { model: CatalogueModel; forwards: readonly Adjustment[] } {
  // Test keys meet every model under its own protocol, long after its end.
  if (policy.mode === 'test') return { model: asked, forwards: [] };
  let model = asked;
  // Ends: the catalogue refuses circles of successors.
  while (lifecycleStatus(model.entry.lifecycle, world.now) === 'retired') {
    const { lifecycle, slug } = model.entry;
    const { retiredOn, successor } = lifecycle;
    invariant(
      retiredOn !== undefined && successor !== undefined,
      'a retired model has a date and a successor',
    );
    if (policy.retiredModels === 'refuse') {
      throw new AppError('model_retired', {
        message: `${slug} was retired on ${retiredOn}, and this workspace does not forward retired models. Its successor is ${successor}.`,
        param: 'model',
        facts: { nearest: successor },
      });
    }
    model = catalogue.get(successor);
  }
  if (model === asked) return { model, forwards: [] };
  return {
    model,
    forwards: [
      {
        param: 'model',
        asked: asked.entry.slug,
        sent: model.entry.slug,
        reason: `${asked.entry.slug} was retired on ${asked.entry.lifecycle.retiredOn ?? ''}; ${model.entry.slug} is its successor`,
      },
    ],
  };
}

/** The model on the operator's own servers, then at its vendor; what the vendor has retired serves test keys only. */
function serversOf(model: CatalogueModel, policy: PlanPolicy, world: PlanWorld): readonly CatalogueModel[] {
  const elsewhere = (model.elsewhere ?? []).filter(
    ({ entry }) => policy.mode === 'test' || lifecycleStatus(entry.lifecycle, world.now) !== 'retired',
  );
  return [model, ...elsewhere];
}

function planRoute(
  request: ImageRequest,
  asked: CatalogueModel,
  model: CatalogueModel,
  route: RouteSpec,
  forwards: readonly Adjustment[],
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
  if (route.upstream[request.operation] === undefined) {
    return { model: entry.slug, route: route.id, reasons: [`no ${request.operation} here`] };
  }
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

  const calls: PlannedCall[] = [];
  const translated: Adjustment[] = [];
  for (const positions of splitPositions(request.n, entry.params.maxPerCall)) {
    const native = toNativeRequest(request, model, params, size, inputs, positions);
    const translation = provider.adapter.translate(native, route, state.extra);
    if (!translation.ok && translation.problem !== undefined) {
      throw new AppError(translation.problem, {
        message: `${entry.slug} can't take this prompt: ${translation.reasons.join('; ')}.`,
        param: 'prompt',
      });
    }
    if (!translation.ok) return { model: entry.slug, route: route.id, reasons: translation.reasons };
    const reshaped = translation.adjustments.find((adjustment) => adjustment.param === 'size');
    if (request.adapt === 'strict' && reshaped !== undefined) {
      throw new AppError('unsupported_parameter', {
        message: `${entry.slug} can't honour \`size\` here: ${reshaped.reason}.`,
        param: 'size',
      });
    }
    calls.push({ positions, native, call: translation.call });
    if (translated.length === 0) translated.push(...translation.adjustments);
  }
  return {
    model,
    entry,
    route,
    calls,
    inputs: inputs.inputs,
    mask: request.mask,
    finish: {
      size: size.size,
      ratio: size.ratio,
      format: params.deliverFormat,
      compression: params.deliverCompression,
    },
    adjustments: [
      ...forwards,
      ...params.adjustments,
      ...size.adjustments,
      ...inputs.adjustments,
      ...seedAdjustments,
      ...optionAdjustments,
      ...translated,
    ],
    nativeSize: size.native,
    pricePerImage: priceOf(size.native),
    marginPercent,
  };
}

function splitPositions(n: number, maxPerCall: number): readonly (readonly number[])[] {
  const positions = Array.from({ length: n }, (_, index) => index);
  const calls: number[][] = [];
  for (let start = 0; start < n; start += maxPerCall) calls.push(positions.slice(start, start + maxPerCall));
  return calls;
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

function refuseUnknownProviders(request: ImageRequest, catalogue: Catalogue): void {
  const known = [...new Set(catalogue.models.map((model) => model.provider.id))];
  const unknown = Object.keys(request.providerOptions).find((id) => !known.includes(id));
  if (unknown === undefined) return;
  const nearest = nearestName(unknown, known);
  const param = `provider_options.${unknown.slice(0, 100)}`;
  throw new AppError('unknown_parameter', {
    message: `\`${param}\` names no provider.${nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`}`,
    param,
    facts: { allowed: known, ...(nearest === undefined ? {} : { nearest }) },
  });
}

function reportForeignOptions(request: ImageRequest, model: CatalogueModel): readonly Adjustment[] {
  return Object.keys(request.providerOptions)
    .filter((id) => id !== model.provider.id)
    .map((id) => {
      const reason = `${model.entry.slug} runs on the provider ${model.provider.id}`;
      if (request.adapt === 'strict') {
        throw new AppError('unsupported_parameter', {
          message: `\`provider_options.${id}\` does not apply: ${reason}.`,
          param: `provider_options.${id}`,
          facts: { allowed: [model.provider.id] },
        });
      }
      return { param: `provider_options.${id}`, reason };
    });
}

function toNativeRequest(
  request: ImageRequest,
  model: CatalogueModel,
  params: ParamPlan,
  size: SizePlan,
  inputs: InputPlan,
  positions: readonly number[],
): NativeRequest {
  const range = model.entry.params.seed;
  const { seed } = request;
  return {
    operation: request.operation,
    prompt: params.prompt,
    count: positions.length,
    size: size.native,
    quality: params.quality,
    style: params.style,
    background: params.background,
    outputFormat: params.outputFormat,
    outputCompression: params.outputCompression,
    moderation: params.moderation,
    personGeneration: params.personGeneration,
    negativePrompt: params.negativePrompt,
    seed: seed === undefined || range === undefined ? undefined : deriveSeed(seed, positions[0] ?? 0, range),
    keepPrompt: params.keepPrompt,
    inputFidelity: params.inputFidelity,
    complexity: params.complexity,
    partialImages: undefined,
    user: request.user,
    options: parseOptions(request, model),
    inputs: inputs.inputs.map((input) => input.native),
    masked: inputs.sendsMask,
  };
}

function parseOptions(request: ImageRequest, model: CatalogueModel): NativeRequest['options'] {
  const given = request.providerOptions[model.provider.id];
  if (given === undefined) return {};
  const parsed = model.provider.optionsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = ['provider_options', model.provider.id, ...(issue?.path ?? []), ...unknown]
    .map(String)
    .join('.');
  throw new AppError(issue?.code === 'unrecognized_keys' ? 'unknown_parameter' : 'invalid_request', {
    message: `\`${path}\`: ${issue?.message ?? 'is not valid'}.`,
    param: path,
  });
}
