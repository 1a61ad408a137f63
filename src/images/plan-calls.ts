import type { CatalogueModel } from '../catalogue/catalogue.js';
import { AppError, invariant } from '../errors.js';
import type { RouteSpec } from '../providers/model.js';
import type { Adjustment } from '../providers/provider.js';
import type { CallTemplate, Candidate, PlannedCall } from './plan-types.js';
import { deriveSeed } from './seeds.js';

type Route = Pick<Candidate, 'model' | 'entry' | 'route' | 'template'>;

/** The calls that deliver these images, or why the provider can't make them. */
export type CallPlan =
  | {
      readonly ok: true;
      readonly calls: readonly PlannedCall[];
      /** What translating changed, told once. */
      readonly adjustments: readonly Adjustment[];
    }
  | { readonly ok: false; readonly reasons: readonly string[] };

/**
 * Splits images into calls and translates them. Pure. Each call has a seed of its own, which depends on its images only.
 * @param positions in the answer, from 0
 * @throws AppError prompt_too_long where the caller's own words are at fault
 */
export function planCalls({ model, entry, route, template }: Route, positions: readonly number[]): CallPlan {
  const calls: PlannedCall[] = [];
  let adjustments: readonly Adjustment[] = [];
  for (const part of split(positions, entry.params.maxPerCall)) {
    const native = { ...template.native, count: part.length, seed: seedOf(model, template, part) };
    const translation = translate(model, route, native, template);
    if (!translation.ok && translation.problem !== undefined) {
      throw new AppError(translation.problem, {
        message: `${entry.slug} can't take this prompt: ${translation.reasons.join('; ')}.`,
        param: 'prompt',
      });
    }
    if (!translation.ok) return { ok: false, reasons: translation.reasons };
    calls.push({ positions: part, native, call: translation.call });
    if (adjustments.length === 0) adjustments = translation.adjustments;
  }
  return { ok: true, calls, adjustments };
}

/** The calls of a candidate for some of its images: as they were planned where that fits, else planned for them. */
export function callsFor(candidate: Candidate, positions: readonly number[]): readonly PlannedCall[] {
  const wanted = new Set(positions);
  const planned = candidate.calls.filter((call) => call.positions.every((position) => wanted.has(position)));
  const covered = new Set(planned.flatMap((call) => call.positions));
  const rest = positions.filter((position) => !covered.has(position));
  if (rest.length === 0) return planned;
  const more = planCalls(candidate, rest);
  // Fewer images of the same kind are never harder to ask for.
  invariant(more.ok, 'a candidate can make some of its images');
  return [...planned, ...more.calls];
}

function translate(
  { provider }: CatalogueModel,
  route: RouteSpec,
  native: PlannedCall['native'],
  { extra }: CallTemplate,
) {
  const { adapter } = provider;
  invariant(adapter !== undefined, 'a candidate can be called');
  return adapter.translate(native, route, extra);
}

function seedOf(model: CatalogueModel, { seed }: CallTemplate, positions: readonly number[]) {
  const range = model.entry.params.seed;
  return seed === undefined || range === undefined ? undefined : deriveSeed(seed, positions[0] ?? 0, range);
}

function split(positions: readonly number[], maxPerCall: number): readonly (readonly number[])[] {
  const parts: number[][] = [];
  for (let start = 0; start < positions.length; start += maxPerCall) {
    parts.push(positions.slice(start, start + maxPerCall));
  }
  return parts;
}
