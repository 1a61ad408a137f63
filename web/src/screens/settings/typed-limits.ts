import * as z from 'zod/mini';
import type { LimitsChange, WrittenLimits } from '../../api/workspace.js';

const BYTES_PER_MB = 1_000_000;
const MAX_COUNT = 1_000_000;
const MAX_CREDITS = 1_000_000_000;

/** Limits as they are typed: empty is none. */
export const typedLimitsSchema = z.object({
  requests: z.string(),
  pictures: z.string(),
  credits: z.string(),
  megabytes: z.string(),
  /** Empty: all. */
  models: z.array(z.string()),
});
export type TypedLimits = z.output<typeof typedLimitsSchema>;

export const NO_LIMITS: TypedLimits = { requests: '', pictures: '', credits: '', megabytes: '', models: [] };

export function typeLimits(limits: WrittenLimits): TypedLimits {
  const text = (value: number | undefined) => (value === undefined ? '' : String(value));
  const bytes = limits.storage_bytes;
  return {
    requests: text(limits.requests_per_minute),
    pictures: text(limits.images_in_flight),
    credits: text(limits.monthly_credits),
    megabytes: text(bytes === undefined ? undefined : bytes / BYTES_PER_MB),
    models: [...(limits.models ?? [])],
  };
}

/** What is wrong with typed limits, by field. */
export type LimitProblems = Partial<Record<'requests' | 'pictures' | 'credits' | 'megabytes', string>>;

/** @returns the change that makes limits what was typed, `null` lifting what is empty; or what is wrong */
export function readLimits(
  typed: TypedLimits,
): { readonly limits: LimitsChange } | { readonly problems: LimitProblems } {
  const problems: LimitProblems = {};
  const read = (name: keyof LimitProblems, most: number, whole: boolean): number | null => {
    const text = typed[name].trim().replace(',', '.');
    if (text === '') return null;
    const value = Number(text);
    const least = whole ? 1 : 0;
    if (Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value))) {
      return value;
    }
    problems[name] = `Give a ${whole ? 'whole ' : ''}number from ${least} to ${most.toLocaleString('en')}.`;
    return null;
  };
  const requests = read('requests', MAX_COUNT, true);
  const pictures = read('pictures', MAX_COUNT, true);
  const credits = read('credits', MAX_CREDITS, false);
  const megabytes = read('megabytes', MAX_CREDITS, false);
  if (Object.keys(problems).length > 0) return { problems };
  return {
    limits: {
      requests_per_minute: requests,
      images_in_flight: pictures,
      monthly_credits: credits,
      storage_bytes: megabytes === null ? null : Math.round(megabytes * BYTES_PER_MB),
      models: typed.models.length === 0 ? null : typed.models,
    },
  };
}

/** The same for something new, which has nothing that could be lifted. */
export function withoutLifted(change: LimitsChange): LimitsChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== null));
}

/** Limits in one line; empty without any. */
export function limitWords(limits: WrittenLimits): string {
  const number = (value: number) => value.toLocaleString('en');
  const { requests_per_minute: requests, images_in_flight: pictures, monthly_credits: credits } = limits;
  const { storage_bytes: bytes, models } = limits;
  return [
    ...(credits === undefined ? [] : [`${number(credits)} credits a month`]),
    ...(requests === undefined ? [] : [`${number(requests)} requests a minute`]),
    ...(pictures === undefined ? [] : [`${number(pictures)} pictures at a time`]),
    ...(bytes === undefined ? [] : [`${number(bytes / BYTES_PER_MB)} MB stored`]),
    ...(models === undefined ? [] : [`only ${models.join(', ')}`]),
  ].join(' · ');
}
