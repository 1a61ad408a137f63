import { expect, vi } from 'vitest';
import { z } from 'zod';
import type { TestServer } from './server.js';

const cell = z.looseObject({
  index: z.number(),
  coordinates: z.record(z.string(), z.number()),
  vary: z.array(z.string()),
  status: z.string(),
  generation_id: z.string().optional(),
  images: z.array(z.looseObject({ id: z.string(), url: z.string().optional() })),
  credits_quoted: z.number().optional(),
  credits_used: z.number(),
  latency_ms: z.number().optional(),
  model: z.string().optional(),
  provider: z.string().optional(),
  adjustments: z.array(z.looseObject({ param: z.string() })),
  error: z.looseObject({ code: z.string(), message: z.string() }).optional(),
});

type Callable = Pick<TestServer, 'call'>;

/** The parts of a comparison that tests read. */
export const comparison = z.looseObject({
  id: z.string(),
  object: z.literal('image.comparison'),
  status: z.string(),
  axes: z.array(z.looseObject({ axis: z.string(), values: z.array(z.unknown()) })),
  base: z.looseObject({}),
  counts: z.record(z.string(), z.number()),
  credits_quoted: z.number(),
  credits_used: z.number(),
  sheet: z.object({ file_id: z.string() }).optional(),
  warnings: z.array(z.string()),
  cells: z.array(cell),
  table: z.array(
    z.looseObject({
      axis: z.string(),
      value: z.number(),
      cells: z.number(),
      succeeded: z.number(),
      failed: z.number(),
      credits_used: z.number(),
      latency_ms: z.object({ min: z.number(), median: z.number(), max: z.number() }).optional(),
    }),
  ),
});
export type ComparisonSeen = z.output<typeof comparison>;

export const comparisonPlan = z.looseObject({
  object: z.literal('image.comparison.plan'),
  quote: z.object({ credits: z.number(), cells: z.number(), refused: z.number() }),
  cells: z.array(
    z.looseObject({
      index: z.number(),
      credits: z.number().optional(),
      error: z.looseObject({ code: z.string() }).optional(),
    }),
  ),
});

/** Money as integers: sums of floats are not what they are sums of. */
export const micro = (credits: number): number => Math.round(credits * 1e6) + 0;

const entries = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      balance_delta: z.number(),
      held_delta: z.number(),
      generation_id: z.string().optional(),
      comparison_id: z.string().optional(),
    }),
  ),
});

/**
 * What the ledger says of a comparison: every hold was settled or released to the last microcredit, what was charged is the sum of
 * the cells, and cells without a picture cost nothing.
 */
export async function expectBalancedComparison(
  { call }: Callable,
  key: string,
  { id, cells, credits_used: used, credits_quoted: quoted }: ComparisonSeen,
): Promise<void> {
  const { data } = entries.parse((await call('GET', '/v1/credits/ledger?limit=1000', { key })).body);
  const own = data.filter(({ comparison_id: comparisonId }) => comparisonId === id);
  const sum = (kind: string, delta: 'balance_delta' | 'held_delta') =>
    own.filter((entry) => entry.kind === kind).reduce((total, entry) => total + micro(entry[delta]), 0);
  expect(sum('hold', 'held_delta')).toBe(micro(quoted));
  expect(0 - sum('settle', 'balance_delta')).toBe(micro(used));
  expect(own.reduce((total, { held_delta: delta }) => total + micro(delta), 0)).toBe(0);
  expect(cells.reduce((total, { credits_used: charged }) => total + micro(charged), 0)).toBe(micro(used));
  for (const { generation_id: generationId, credits_used: charged, images } of cells) {
    const settled = own.filter((entry) => entry.kind === 'settle' && entry.generation_id === generationId);
    expect(settled.map((entry) => -micro(entry.balance_delta))).toEqual(
      charged === 0 ? [] : [micro(charged)],
    );
    if (images.length === 0) expect(charged).toBe(0);
  }
}

/** Begins a comparison that is run when its turn comes. */
export async function beginComparison(
  { call }: Callable,
  key: string,
  body: Record<string, unknown>,
  headers: Readonly<Record<string, string>> = {},
): Promise<ComparisonSeen> {
  const answer = await call('POST', '/v1/images/comparisons', {
    key,
    body,
    headers: { prefer: 'respond-async', ...headers },
  });
  expect([answer.status, answer.body]).toEqual([202, answer.body]);
  return comparison.parse(answer.body);
}

/** Reads a comparison when it has ended. */
export async function endOfComparison({ call }: Callable, key: string, id: string): Promise<ComparisonSeen> {
  return vi.waitUntil(
    async () => {
      const answer = await call('GET', `/v1/images/comparisons/${id}`, { key });
      const seen = comparison.parse(answer.body);
      return seen.status !== 'running' && seen;
    },
    { interval: 100, timeout: 90_000 },
  );
}
