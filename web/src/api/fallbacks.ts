import * as z from 'zod/mini';

const chainSchema = z.object({
  model: z.string(),
  models: z.array(z.string()),
  on_moderated: z.enum(['stop', 'continue']),
  on_unknown_outcome: z.enum(['stop', 'continue']),
});
/** Where requests of a model go on when it fails, in order. */
export type FallbackChain = z.output<typeof chainSchema>;

export function fallbackList(signal: AbortSignal) {
  return { path: '/v1/fallbacks', answer: z.object({ data: z.array(chainSchema) }), signal } as const;
}

/** Sets the chain of a model. */
export function setFallback({ model, ...chain }: FallbackChain) {
  return { method: 'PUT', path: pathOf(model), body: chain, answer: chainSchema } as const;
}

export function removeFallback(model: string) {
  return { method: 'DELETE', path: pathOf(model), answer: z.object({ model: z.string() }) } as const;
}

function pathOf(model: string): string {
  return `/v1/fallbacks/${model.split('/').map(encodeURIComponent).join('/')}`;
}
