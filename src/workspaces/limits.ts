import { z } from 'zod';
import { fromCredits, isExactCredits, type Microcredits } from '../credits/microcredits.js';

const MAX_MODELS = 200;
const MAX_COUNT = 1_000_000;

const members = {
  requests_per_minute: z
    .int({ error: 'must be a whole number' })
    .min(1, 'must be at least 1')
    .max(MAX_COUNT, `must be at most ${MAX_COUNT}`)
    .describe('Requests of any kind in one minute.'),
  images_in_flight: z
    .int({ error: 'must be a whole number' })
    .min(1, 'must be at least 1')
    .max(MAX_COUNT, `must be at most ${MAX_COUNT}`)
    .describe('Pictures that are made at the same time.'),
  monthly_credits: z
    .number({ error: 'must be a number' })
    .min(0, 'must not be negative')
    .max(1_000_000_000, 'must be at most 1000000000')
    .refine(isExactCredits, 'must have at most six decimals')
    .describe('Credits in one calendar month (UTC): what was charged and what is held now.'),
  models: z
    .array(z.string().min(1, 'must not be empty').max(200), { error: 'must be a list of models' })
    .min(1, 'must name at least one model')
    .max(MAX_MODELS, `must have at most ${MAX_MODELS} entries`)
    .describe('Slugs or aliases of the only models that may be asked for.'),
  storage_bytes: z
    .int({ error: 'must be a whole number' })
    .min(0, 'must not be negative')
    .describe('Bytes of pictures that are stored at the same time, those with a link of an hour included.'),
};

/** Limits as they are written, stored and answered. Strict: a limit that nobody knows would limit nothing. */
export const limitsSchema = z.strictObject(members).partial();
export type WrittenLimits = z.output<typeof limitsSchema>;

/** A change: members that are left out stay, `null` lifts a limit. */
export const limitsChangeSchema = z.strictObject({
  requests_per_minute: members.requests_per_minute.nullable().optional(),
  images_in_flight: members.images_in_flight.nullable().optional(),
  monthly_credits: members.monthly_credits.nullable().optional(),
  models: members.models.nullable().optional(),
  storage_bytes: members.storage_bytes.nullable().optional(),
});
export type LimitsChange = z.output<typeof limitsChangeSchema>;

export type LimitName = keyof WrittenLimits;

/** What a key or a workspace may use; undefined: as much as it likes. */
export interface Limits {
  readonly requestsPerMinute: number | undefined;
  readonly imagesInFlight: number | undefined;
  readonly monthlyMicrocredits: Microcredits | undefined;
  /** Slugs. */
  readonly models: readonly string[] | undefined;
  readonly storageBytes: number | undefined;
}

/** Limits as the store keeps them. @throws when they are none: a limit is never lost by misreading it */
export function parseLimits(json: string | null): WrittenLimits {
  return json === null ? {} : limitsSchema.parse(JSON.parse(json));
}

export function toLimits(written: WrittenLimits): Limits {
  return {
    requestsPerMinute: written.requests_per_minute,
    imagesInFlight: written.images_in_flight,
    monthlyMicrocredits:
      written.monthly_credits === undefined ? undefined : fromCredits(written.monthly_credits),
    models: written.models,
    storageBytes: written.storage_bytes,
  };
}

/** What limits are after a change. */
export function changeLimits(before: WrittenLimits, change: LimitsChange | undefined): WrittenLimits {
  const entries = Object.entries({ ...before, ...change }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return limitsSchema.parse(Object.fromEntries(entries));
}

/** As a column holds them. */
export function formatLimits(limits: WrittenLimits): string | null {
  return Object.keys(limits).length === 0 ? null : JSON.stringify(limits);
}
