import type { CatalogueModel } from '../catalogue/catalogue.js';
import { AppError } from '../errors.js';
import { modelLimitsOf } from '../limits/model-limit.js';
import type { RouteSpec } from '../providers/model.js';
import type { Caller } from '../workspaces/workspace-store.js';
import type { PlanPolicy } from './plan-types.js';

/** Everything of a caller that decides its plans. */
export function policyOf(caller: Caller): PlanPolicy {
  const { key, workspace } = caller;
  return {
    mode: key.mode,
    prcOptIn: workspace.prcOptIn,
    retiredModels: workspace.retiredModels,
    rules: [
      { origin: 'workspace', policy: workspace.policy },
      { origin: 'operator', policy: workspace.operatorPolicy },
    ],
    modelLimits: modelLimitsOf(caller),
    fallbacks: workspace.fallbacks,
    unknownOutcomes: workspace.unknownOutcomes,
  };
}

/**
 * Refuses a route that may not run, whoever could pay for it.
 * @throws AppError prc_opt_in_required, model_not_allowed
 */
export function refusePolicy(model: CatalogueModel, route: RouteSpec, policy: PlanPolicy): void {
  refusePrc(model, route, policy);
  const rule = findBrokenRule(model, route, policy);
  if (rule === undefined) return;
  throw new AppError('model_not_allowed', {
    message:
      `${model.entry.slug} can't run with ${route.operator} (operator ${route.operatorCountry}, hosted ` +
      `${route.country}): ${rule}.`,
    param: 'model',
    facts: { rule },
  });
}

/** Why a route may not run, in a few words; undefined if it may. */
export function findForbidden(
  model: CatalogueModel,
  route: RouteSpec,
  policy: PlanPolicy,
): string | undefined {
  return needsOptIn(route, policy)
    ? 'needs the PRC opt-in of this workspace'
    : findBrokenRule(model, route, policy);
}

/** Routes run by a PRC operator or hosted in the PRC need the workspace's opt-in, in both modes. */
function refusePrc(model: CatalogueModel, route: RouteSpec, policy: PlanPolicy): void {
  if (!needsOptIn(route, policy)) return;
  throw new AppError('prc_opt_in_required', {
    message:
      `${model.entry.slug} runs with ${route.operator} (operator ${route.operatorCountry}, hosted ${route.country}). ` +
      'An owner or admin of this workspace has to opt in first: PATCH /v1/workspace with `prc_opt_in: true`.',
    param: 'model',
  });
}

function needsOptIn(route: RouteSpec, policy: PlanPolicy): boolean {
  return !policy.prcOptIn && countriesOf(route).includes('CN');
}

/** Everywhere that a request may come to. */
function countriesOf({ operatorCountry, country, alsoIn = [] }: RouteSpec): readonly string[] {
  return [operatorCountry, country, ...alsoIn];
}

function findBrokenRule(
  model: CatalogueModel,
  route: RouteSpec,
  { rules = [] }: PlanPolicy,
): string | undefined {
  for (const { origin, policy } of rules) {
    const country = countriesOf(route).find((code) => policy.blockedCountries.includes(code));
    if (country !== undefined) return `the ${origin}'s policy blocks the country ${country}`;
    if (policy.modelsWithoutContentPolicy === 'forbid' && model.entry.contentPolicy === 'none') {
      return `the ${origin}'s policy forbids models without a content policy`;
    }
  }
  return undefined;
}
