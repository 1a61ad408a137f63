import type { UsageRow, UsageSums } from '../../api/usage.js';

/** What a chart tells apart beside "others". */
const MAX_SERIES = 6;

export const COLOURS = [
  'var(--color-series-1)',
  'var(--color-series-2)',
  'var(--color-series-3)',
  'var(--color-series-4)',
  'var(--color-series-5)',
  'var(--color-series-6)',
  'var(--color-edge)',
] as const;

/** One model or key over the whole range. */
export interface Series {
  readonly id: string;
  readonly name: string;
  readonly colour: string;
  readonly sums: UsageSums;
  /** What a chart draws, for each day. */
  readonly values: readonly number[];
}

/** A day with everything of it. */
export interface DayTotal {
  readonly day: string;
  readonly sums: UsageSums;
}

/**
 * Arranges rows of a report for a chart and its tables.
 * @param nameOf what a model or key is called
 * @returns series by what they amount to, the greatest first; those beyond the sixth share a colour
 */
export function arrange(
  rows: readonly UsageRow[],
  days: readonly string[],
  show: 'credits' | 'images',
  nameOf: (row: UsageRow) => { readonly id: string; readonly name: string },
): { readonly series: readonly Series[]; readonly totals: readonly DayTotal[] } {
  const place = new Map(days.map((day, index) => [day, index]));
  const groups = new Map<string, { name: string; sums: UsageSums; values: number[] }>();
  const totals = days.map((day) => ({ day, sums: NOTHING }));
  for (const row of rows) {
    const index = row.day === undefined ? undefined : place.get(row.day);
    if (index === undefined) continue;
    const { id, name } = nameOf(row);
    const group = groups.get(id) ?? { name, sums: NOTHING, values: days.map(() => 0) };
    groups.set(id, group);
    group.sums = add(group.sums, row);
    group.values[index] = (group.values[index] ?? 0) + row[show];
    const total = totals[index];
    if (total !== undefined) total.sums = add(total.sums, row);
  }
  const series = [...groups]
    .map(([id, group]) => ({ id, ...group }))
    .sort((a, b) => b.sums[show] - a.sums[show] || b.sums.generations - a.sums.generations)
    .map((group, index) => ({ ...group, colour: COLOURS[Math.min(index, MAX_SERIES)] ?? COLOURS[0] }));
  return { series, totals };
}

/** A round number at or above the greatest, and two steps below it. @param whole pictures are counted in wholes */
export function ticksFor(greatest: number, whole: boolean): readonly number[] {
  if (greatest <= 0) return [0];
  const power = 10 ** Math.floor(Math.log10(greatest));
  const steps = [1, 2, 4, 5, 6, 8, 10].map((step) => step * power);
  const top = steps.find((step) => step >= greatest) ?? 10 * power;
  const half = top / 2;
  return whole && !Number.isInteger(half) ? [0, Math.max(1, top)] : [0, half, top];
}

const NOTHING: UsageSums = { images: 0, generations: 0, credits: 0, failed: 0 };

function add(a: UsageSums, b: UsageSums): UsageSums {
  return {
    images: a.images + b.images,
    generations: a.generations + b.generations,
    credits: a.credits + b.credits,
    failed: a.failed + b.failed,
  };
}
