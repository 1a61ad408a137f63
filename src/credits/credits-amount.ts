import { z } from 'zod';
import { isExactCredits } from './microcredits.js';

const SMALLEST_CREDITS = 0.000001;

/** An amount of a body that is more than nothing and that the ledger can keep, in credits. */
export function creditsAmount(max: number): z.ZodNumber {
  return z.number().min(SMALLEST_CREDITS).max(max).refine(isExactCredits, 'must have at most six decimals');
}

/** The same, or nothing. */
export function creditsAmountOrNone(max: number): z.ZodNumber {
  return z.number().min(0).max(max).refine(isExactCredits, 'must have at most six decimals');
}
