import { z } from 'zod';

const MAX_COUNTRIES = 300;
const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** A slip such as UK for GB would block nothing, without a word. */
function isCountry(code: string): boolean {
  return (
    /^[A-Z]{2}$/.test(code) &&
    new Intl.Locale(`und-${code}`).region === code &&
    regions.of(code) !== undefined &&
    code !== 'ZZ'
  );
}

const members = {
  blocked_countries: z
    .array(
      z.string().refine(isCountry, 'must be a country by its two capital letters (ISO 3166-1), such as DE'),
      { error: 'must be a list of countries' },
    )
    .max(MAX_COUNTRIES, `must have at most ${MAX_COUNTRIES} entries`)
    .describe('No route runs whose operator sits in one of these countries, or that computes there.'),
  models_without_content_policy: z
    .enum(['allow', 'forbid'])
    .describe('Whether models may run that nobody’s content policy stands before.'),
};

/** Rules over routes as they are written, stored and answered; the operator's have the same shape. */
export const policySchema = z.strictObject(members);
export type WrittenPolicy = z.output<typeof policySchema>;

/** A change: members that are left out stay. */
export const policyChangeSchema = policySchema.partial();
export type PolicyChange = z.output<typeof policyChangeSchema>;

/** Which routes may run, whoever asks. */
export interface Policy {
  /** ISO 3166-1 alpha-2. */
  readonly blockedCountries: readonly string[];
  readonly modelsWithoutContentPolicy: 'allow' | 'forbid';
}

const OPEN: WrittenPolicy = { blocked_countries: [], models_without_content_policy: 'allow' };

/** A policy as the store keeps it. @throws when it is none: a rule is never lost by misreading it */
export function parsePolicy(json: string | null): WrittenPolicy {
  return json === null ? OPEN : policySchema.parse(JSON.parse(json));
}

export function toPolicy(written: WrittenPolicy): Policy {
  return {
    blockedCountries: written.blocked_countries,
    modelsWithoutContentPolicy: written.models_without_content_policy,
  };
}

/** What a policy is after a change. Countries are kept once each, in order. */
export function changePolicy(before: WrittenPolicy, change: PolicyChange | undefined): WrittenPolicy {
  const countries = change?.blocked_countries ?? before.blocked_countries;
  return {
    blocked_countries: [...new Set(countries)].sort(),
    models_without_content_policy:
      change?.models_without_content_policy ?? before.models_without_content_policy,
  };
}
