import type { Catalogue, CatalogueModel } from '../catalogue/catalogue.js';
import { AppError } from '../errors.js';
import type { PlanPolicy, GoOnRules } from './plan-types.js';
import type { ImageRequest } from './request.js';

/** The models behind the one that was asked for, and what goes on to them. */
export interface FallbackPlan {
  readonly models: readonly CatalogueModel[];
  /** Who named them: what a caller names and may not have is refused, what a workspace lists is skipped. */
  readonly origin: 'request' | 'workspace';
  readonly rules: GoOnRules;
  /** The caller wanted a chain, and the workspace has none. */
  readonly missing: boolean;
}

/**
 * Where a request goes on when its model fails: as the request says, else as the workspace says for the model that was asked
 * for, else as it says for the one that serves it.
 * @throws AppError model_not_found, invalid_request for a list that names a model twice
 */
export function planFallbacks(
  request: ImageRequest,
  asked: CatalogueModel,
  served: CatalogueModel,
  catalogue: Catalogue,
  policy: PlanPolicy,
): FallbackPlan {
  const repeatUnknown = policy.unknownOutcomes === 'repeat';
  const none = { moderated: false, unknownOutcome: false, repeatUnknown };
  const { fallback } = request;
  if (fallback === false) return { models: [], origin: 'request', rules: none, missing: false };
  if (typeof fallback === 'object') {
    const models = fallback.map((name) => catalogue.get(name, 'fallback'));
    refuseTwice([asked, ...models]);
    return { models, origin: 'request', rules: { ...none, unknownOutcome: true }, missing: false };
  }
  const chain = policy.fallbacks?.[asked.entry.slug] ?? policy.fallbacks?.[served.entry.slug];
  if (chain === undefined) {
    return { models: [], origin: 'workspace', rules: none, missing: fallback === true };
  }
  return {
    // A model that has left the catalogue since is no reason to refuse what was asked.
    models: chain.models.flatMap((slug) => catalogue.find(slug) ?? []),
    origin: 'workspace',
    rules: {
      moderated: chain.onModerated === 'continue',
      unknownOutcome: chain.onUnknownOutcome === 'continue',
      repeatUnknown,
    },
    missing: false,
  };
}

/** Refusals that hold for a model whatever is asked of it: a caller that names such a model is told. */
export function isForbidden({ code }: AppError): boolean {
  return code === 'prc_opt_in_required' || code === 'model_not_allowed' || code === 'model_retired';
}

/** The same refusal, of the field that named the model. */
export function asFallbackRefusal(error: AppError): AppError {
  return new AppError(error.code, {
    message: error.message,
    param: 'fallback',
    facts: error.facts,
    cause: error,
  });
}

function refuseTwice(models: readonly CatalogueModel[]): void {
  const slugs = models.map(({ entry }) => entry.slug);
  const twice = slugs.find((slug, index) => slugs.indexOf(slug) !== index);
  if (twice === undefined) return;
  throw new AppError('invalid_request', {
    message: `\`fallback\` must name other models than \`model\`, each once; ${twice} is there twice.`,
    param: 'fallback',
  });
}
