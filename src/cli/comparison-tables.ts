import { columns } from './columns.js';
import type { SeenAxis, SeenCell, SeenComparison, SeenPlan } from './comparison-shapes.js';

const MAX_VALUE = 40;

/** A value as a few words. */
export function valueText(
  { axis, replaces }: SeenAxis,
  value: SeenAxis['values'][number] | undefined,
): string {
  const text =
    typeof value === 'object'
      ? JSON.stringify(value)
      : String(value ?? '')
          .replace(/\s+/g, ' ')
          .trim();
  const named =
    axis === 'seed' ? `seed ${text}` : axis === 'prompt_replace' ? `${replaces ?? ''} → ${text}` : text;
  const letters = Array.from(named);
  return letters.length > MAX_VALUE ? `${letters.slice(0, MAX_VALUE - 1).join('')}…` : named;
}

/** What a cell is, by the axes that change: `dall-e-3 · 1024x1024`. */
export function cellText(axes: readonly SeenAxis[], coordinates: SeenCell['coordinates']): string {
  const active = axes.filter(({ values }) => values.length > 1);
  return (active.length === 0 ? axes : active)
    .map((axis) => valueText(axis, axis.values[coordinates[axis.axis] ?? 0]))
    .join(' · ');
}

/** The quote as lines: every cell with its price, and the sum. */
export function quoteLines({ axes, cells, quote }: SeenPlan): readonly string[] {
  const rows = cells.map(({ coordinates, credits, error, adjustments }) => [
    cellText(axes, coordinates),
    error === undefined ? `${credits ?? 0}` : '–',
    error?.message ??
      (adjustments.length === 0
        ? ''
        : `adjusted: ${[...new Set(adjustments.map(({ param }) => param))].join(', ')}`),
  ]);
  const refused = quote.refused === 0 ? '' : `, ${quote.refused} can't run`;
  return [
    ...columns([['cell', 'credits', ''], ...rows], [1]),
    `at most ${quote.credits} credits for ${quote.cells - quote.refused} cells${refused}`,
  ];
}

/** Cost and time by value of each axis that changes, and the cells without a picture. */
export function resultLines({
  axes,
  cells,
  table,
  counts,
  credits_used: used,
}: SeenComparison): readonly string[] {
  const active = axes.filter(({ values }) => values.length > 1);
  const rows = active.flatMap((axis) =>
    table
      .filter((line) => line.axis === axis.axis)
      .map((line) => [
        valueText(axis, axis.values[line.value]),
        `${line.succeeded}/${line.cells}`,
        `${line.credits_used}`,
        ...(line.latency_ms === undefined
          ? ['', '', '']
          : [line.latency_ms.min, line.latency_ms.median, line.latency_ms.max].map(secondsText)),
      ]),
  );
  const missing = cells.filter(({ status }) => status === 'failed' || status === 'cancelled');
  return [
    ...(rows.length === 0
      ? []
      : columns([['', 'pictures', 'credits', 'fastest', 'median', 'slowest'], ...rows], [1, 2, 3, 4, 5])),
    ...missing.map(
      ({ coordinates, status, error }) =>
        `${status}: ${cellText(axes, coordinates)}${error === undefined ? '' : ` (${error.message})`}`,
    ),
    `${counts.succeeded} of ${counts.total} cells with pictures, ${used} credits`,
  ];
}

export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
