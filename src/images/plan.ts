import type { Catalogue, CatalogueModel } from '../catalogue/catalogue.js';
import { lifecycleStatus } from '../catalogue/lifecycle.js';
import { AppError, invariant } from '../errors.js';
import { refuseModel } from '../limits/model-limit.js';
import type { Adjustment } from '../providers/provider.js';
import { asFallbackRefusal, isForbidden, planFallbacks, type FallbackPlan } from './plan-fallbacks.js';
import { refuseUnknownProviders } from './plan-options.js';
import { planRoute, type PlannedModel } from './plan-route.js';
import type { Candidate, Plan, PlanPolicy, PlanWorld, Skipped } from './plan-types.js';
import type { ImageRequest } from './request.js';

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
  refuseOperation(request, model, policy, world);
  const fallbacks = planFallbacks(request, asked, model, catalogue, policy);
  const own = planModel(
    { request, asked, model, depth: 0, notes: [...forwards, ...missing(request, fallbacks)] },
    policy,
    world,
  );
  const steps = planSteps(request, model, fallbacks, catalogue, policy, world);
  // What the caller got wrong is told; what the operator has not set up is what chains are for.
  const goesOn = own.candidates.length > 0 || own.refusal?.code === 'model_not_configured';
  const candidates = goesOn ? [...own.candidates, ...steps.candidates] : [];
  const skipped = [...own.skipped, ...steps.skipped];
  const [first, ...rest] = candidates;
  if (first === undefined) {
    throw (
      own.refusal ??
      new AppError('unsupported_parameter', {
        message: `${model.entry.slug} can't honour this request: ${own.skipped.flatMap((skip) => skip.reasons).join('; ')}.`,
        param: 'model',
      })
    );
  }
  return {
    asked: asked.entry.slug,
    candidates: [first, ...rest],
    skipped,
    rules: fallbacks.rules,
    quote: first.pricePerImage * request.n,
  };
}

interface ModelPlan {
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly Skipped[];
  /** The first of those that are more than a route's inability. */
  readonly refusal: AppError | undefined;
}

/** All routes of one model, in the order in which they are tried. */
function planModel(planned: PlannedModel, policy: PlanPolicy, world: PlanWorld): ModelPlan {
  const { asked, model, depth } = planned;
  const skipped: Skipped[] = [];
  const candidates: Candidate[] = [];
  let refusal: AppError | undefined;
  for (const server of serversOf(model, policy, world)) {
    for (const route of server.entry.routes) {
      try {
        const from = asked === model ? server : asked;
        const candidate = planRoute({ ...planned, asked: from, model: server }, route, policy, world);
        if ('reasons' in candidate) skipped.push(candidate);
        else candidates.push(candidate);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refusal ??= error;
        const { code, message } = error;
        skipped.push({ depth, code, model: model.entry.slug, route: route.id, reasons: [message] });
      }
    }
  }
  return { candidates: world.orderRoutes?.(candidates) ?? candidates, skipped, refusal };
}

/** The models behind the first one. @throws AppError when the caller named one that may not run */
function planSteps(
  request: ImageRequest,
  first: CatalogueModel,
  fallbacks: FallbackPlan,
  catalogue: Catalogue,
  policy: PlanPolicy,
  world: PlanWorld,
): Omit<ModelPlan, 'refusal'> {
  const candidates: Candidate[] = [];
  const skipped: Skipped[] = [];
  const taken = new Set([first.entry.slug]);
  for (const [index, step] of fallbacks.models.entries()) {
    const depth = index + 1;
    const skip = ({ code, message }: AppError) => {
      skipped.push({
        depth,
        code,
        model: step.entry.slug,
        route: step.entry.routes[0]?.id ?? '',
        reasons: [message],
      });
    };
    try {
      refuseModel(policy.modelLimits ?? [], step.entry.slug);
      const { model, forwards } = forward(step, catalogue, policy, world);
      // Both lead to the same model.
      if (taken.has(model.entry.slug)) continue;
      taken.add(model.entry.slug);
      refuseOperation(request, model, policy, world);
      const reason = `number ${depth} of the models that are tried when ${first.entry.slug} fails`;
      const note = { param: 'model', asked: request.model, sent: step.entry.slug, reason };
      const notes = [note, ...forwards];
      const plan = planModel({ request, asked: step, model, depth, notes }, policy, world);
      if (plan.refusal !== undefined && plan.candidates.length === 0) {
        if (fallbacks.origin === 'request' && isForbidden(plan.refusal)) throw plan.refusal;
      }
      candidates.push(...plan.candidates);
      skipped.push(...plan.skipped);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (fallbacks.origin === 'request' && isForbidden(error)) throw asFallbackRefusal(error);
      skip(error);
    }
  }
  return { candidates, skipped };
}

/** Tells a caller who wanted a chain that there is none. */
function missing(request: ImageRequest, fallbacks: FallbackPlan): readonly Adjustment[] {
  if (!fallbacks.missing) return [];
  return [{ param: 'fallback', asked: true, reason: `this workspace has no fallbacks for ${request.model}` }];
}

/** @throws AppError unsupported_parameter, edit_not_supported */
function refuseOperation(
  request: ImageRequest,
  model: CatalogueModel,
  policy: PlanPolicy,
  world: PlanWorld,
): void {
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
