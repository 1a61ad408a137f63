import { invariant } from '../errors.js';

/** Money inside: whole microcredits; 1,000,000 make a credit, and a credit is US$0.01. */
export type Microcredits = number;

export const MICROCREDITS_PER_CREDIT = 1_000_000;

/** Exact for amounts with up to six decimals. @throws when the amount is no finite number or needs more decimals */
export function fromCredits(credits: number): Microcredits {
  const micro = Math.round(credits * MICROCREDITS_PER_CREDIT);
  invariant(Number.isSafeInteger(micro), 'an amount of credits fits the ledger');
  invariant(
    Math.abs(micro / MICROCREDITS_PER_CREDIT - credits) < 1e-9,
    'an amount of credits has at most six decimals',
  );
  return micro;
}

/** Whether an amount that came from outside has no more decimals than the ledger keeps. */
export function isExactCredits(credits: number): boolean {
  const micro = credits * MICROCREDITS_PER_CREDIT;
  return Math.abs(micro - Math.round(micro)) < 1e-3;
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
