import type { Catalogue } from '../../../catalogue/catalogue.js';

/**
 * Limits whose models are slugs, each once.
 * @throws AppError model_not_found: a slip would shut out the model that was meant
 */
export function resolveModels<T extends { readonly models?: readonly string[] | null | undefined }>(
  limits: T | undefined,
  catalogue: Catalogue,
): T | undefined {
  const names = limits?.models;
  if (limits === undefined || names === undefined || names === null) return limits;
  const slugs = names.map((name) => catalogue.get(name, 'limits.models').entry.slug);
  return { ...limits, models: [...new Set(slugs)] };
}
