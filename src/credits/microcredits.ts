import { invariant } from '../errors.js';

/** Money inside: whole microcredits; 1,000,000 make a credit, and a credit is US$0.01. */
export type Microcredits = number;

export const MICROCREDITS_PER_CREDIT = 1_000_000;

/** Exact for amounts with up to six decimals. @throws when the amount is no finite number or needs more decimals */
export function fromCredits(credits: number): Microcredits {
  invariant(isExactCredits(credits), 'an amount of credits fits the ledger and has at most six decimals');
  return Math.round(credits * MICROCREDITS_PER_CREDIT);
}

/** Whether an amount that came from outside can be kept as it is: exactly those that `fromCredits` takes. */
export function isExactCredits(credits: number): boolean {
  const micro = Math.round(credits * MICROCREDITS_PER_CREDIT);
  return Number.isSafeInteger(micro) && Math.abs(micro / MICROCREDITS_PER_CREDIT - credits) < 1e-9;
}

/** For JSON answers: 1500000 → 1.5. */
export function toCredits(microcredits: Microcredits): number {
  return microcredits / MICROCREDITS_PER_CREDIT;
}

/** Plain decimal for headers and people, without exponent or trailing zeros: 1500000 → `1.5`. */
export function formatCredits(microcredits: Microcredits): string {
  const sign = microcredits < 0 ? '-' : '';
  const absolute = Math.abs(microcredits);
  const whole = Math.floor(absolute / MICROCREDITS_PER_CREDIT);
  const fraction = String(absolute % MICROCREDITS_PER_CREDIT)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
