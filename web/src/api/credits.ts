import * as z from 'zod/mini';

const balanceSchema = z.object({
  object: z.literal('credits'),
  mode: z.enum(['live', 'test']),
  balance: z.number(),
  available: z.number(),
  held: z.number(),
});

/** The balance of the workspace, in credits; `available` is what new requests can use. */
export function balanceOf(signal: AbortSignal) {
  return { path: '/v1/credits', answer: balanceSchema, signal } as const;
}
