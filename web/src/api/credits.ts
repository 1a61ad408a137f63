import * as z from 'zod/mini';

const balanceSchema = z.object({
  object: z.literal('credits'),
  mode: z.enum(['live', 'test']),
  balance: z.number(),
  available: z.number(),
  held: z.number(),
  expiring: z.array(z.object({ credits: z.number(), expires_at: z.number() })),
});
/** The balance of the workspace, in credits; `available` is what new requests can use, `expiring` leaves by itself, soonest first. */
export function balanceOf(signal: AbortSignal) {
  return { path: '/v1/credits', answer: balanceSchema, signal } as const;
}

/** Adds test credits, which cost nothing. */
export function refillOf(credits: number) {
  return { method: 'POST', path: '/v1/credits/test', body: { credits }, answer: balanceSchema } as const;
}

const entrySchema = z.object({
  id: z.string(),
  kind: z.enum(['grant', 'top_up', 'hold', 'settle', 'release', 'expire']),
  balance_delta: z.number(),
  held_delta: z.number(),
  generation_id: z.optional(z.string()),
  comparison_id: z.optional(z.string()),
  note: z.optional(z.string()),
  created: z.number(),
});
/** One move of credits. */
export type LedgerEntry = z.output<typeof entrySchema>;

const LEDGER_PAGE = 25;

/**
 * A page of the ledger, newest first.
 * @param after id of the last entry of the page before
 * @param moves `balance`: without what is only set aside and given back
 */
export function ledgerPage(moves: 'balance' | 'all', after: string | undefined, signal: AbortSignal) {
  const query = new URLSearchParams({ limit: String(LEDGER_PAGE) });
  if (moves === 'balance') query.set('kind', 'grant,top_up,settle,expire');
  if (after !== undefined) query.set('after', after);
  return {
    path: `/v1/credits/ledger?${query.toString()}`,
    answer: z.object({
      data: z.array(entrySchema),
      last_id: z.optional(z.string()),
      has_more: z.boolean(),
    }),
    signal,
  } as const;
}
