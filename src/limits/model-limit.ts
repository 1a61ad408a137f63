import { AppError } from '../errors.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { limitFacts, type LimitScope } from './limit-facts.js';

/** The models that a key or its workspace is limited to. */
export interface ModelLimit {
  readonly scope: LimitScope;
  /** Slugs. */
  readonly models: readonly string[];
}

/** The lists that a caller is bound to: each of them holds. */
export function modelLimitsOf({ key, workspace }: Caller): readonly ModelLimit[] {
  const lists = [
    { scope: 'key', models: key.limits.models },
    { scope: 'workspace', models: workspace.limits.models },
  ] as const;
  return lists.flatMap(({ scope, models }) => (models === undefined ? [] : [{ scope, models }]));
}

/** The first list that leaves a model out. @param slug as asked, after alias resolution */
export function findModelLimit(limits: readonly ModelLimit[], slug: string): ModelLimit | undefined {
  return limits.find(({ models }) => !models.includes(slug));
}

/** @throws AppError model_not_allowed naming the list that leaves the model out */
export function refuseModel(limits: readonly ModelLimit[], slug: string): void {
  const missing = findModelLimit(limits, slug);
  if (missing === undefined) return;
  throw new AppError('model_not_allowed', {
    message: `This ${missing.scope} is limited to other models than ${slug}: ${missing.models.join(', ')}.`,
    param: 'model',
    facts: { allowed: missing.models, ...limitFacts('models', missing.models, missing.scope) },
  });
}

/** The same for a caller. */
export function requireModel(caller: Caller, slug: string): void {
  refuseModel(modelLimitsOf(caller), slug);
}
