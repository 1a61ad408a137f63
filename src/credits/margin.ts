import type { Microcredits } from './microcredits.js';

/** What the operator adds to costs, in per cent with at most two decimals: 0 charges what the provider does. */
export interface Margin {
  readonly percent: number;
  /** By slug, in the place of the general one. */
  readonly models: Readonly<Record<string, number>>;
}

export const NO_MARGIN: Margin = { percent: 0, models: {} };

/** A hundredth of a per cent is the smallest step, so that prices are computed in whole numbers. */
const STEPS_PER_PERCENT = 100;

/** The margin on a model, in per cent. */
export function percentFor(margin: Margin, slug: string): number {
  return (Object.hasOwn(margin.models, slug) ? margin.models[slug] : undefined) ?? margin.percent;
}

/** A cost with a margin of `percent`, rounded up to a whole microcredit. */
export function addMargin(microcredits: Microcredits, percent: number): Microcredits {
  const whole = 100 * STEPS_PER_PERCENT;
  const steps = BigInt(whole + Math.round(percent * STEPS_PER_PERCENT));
  return Number((BigInt(microcredits) * steps + BigInt(whole - 1)) / BigInt(whole));
}

/** What a cost of a model becomes for the caller, rounded up to a whole microcredit. */
export function withMargin(margin: Margin, microcredits: Microcredits, slug: string): Microcredits {
  return addMargin(microcredits, percentFor(margin, slug));
}
