import { z } from 'zod';

const MAX_MODELS = 10;

const members = {
  models: z
    .array(z.string().min(1, 'must not be empty').max(200), { error: 'must be a list of models' })
    .min(1, 'must name at least one model')
    .max(MAX_MODELS, `must have at most ${MAX_MODELS} entries`)
    .describe('Slugs or aliases, in the order in which they are tried.'),
  on_moderated: z
    .enum(['stop', 'continue'])
    .describe('Whether a request whose content a provider refused goes on; by default it stops.'),
  on_unknown_outcome: z
    .enum(['stop', 'continue'])
    .describe(
      'Whether a request goes on whose call was sent and never answered, which the provider may bill the operator; by default it does.',
    ),
};

/** A chain as it is written. */
export const fallbackChangeSchema = z.strictObject({
  models: members.models,
  on_moderated: members.on_moderated.optional(),
  on_unknown_outcome: members.on_unknown_outcome.optional(),
});
export type FallbackChange = z.output<typeof fallbackChangeSchema>;

/** A chain as it is stored and answered; its models are slugs. */
export const fallbackSchema = z.strictObject(members);
export type WrittenFallback = z.output<typeof fallbackSchema>;

/** Where requests of a model go on when it fails. */
export interface FallbackChain {
  /** Slugs. */
  readonly models: readonly string[];
  readonly onModerated: 'stop' | 'continue';
  readonly onUnknownOutcome: 'stop' | 'continue';
}

const chainsSchema = z.record(z.string(), fallbackSchema);

/** The chains of a workspace as the store keeps them, by the slug that they stand behind. */
export function parseFallbacks(json: string | null): Readonly<Record<string, WrittenFallback>> {
  return json === null ? {} : chainsSchema.parse(JSON.parse(json));
}

export function toFallbacks(
  written: Readonly<Record<string, WrittenFallback>>,
): Readonly<Record<string, FallbackChain>> {
  return Object.fromEntries(
    Object.entries(written).map(([slug, chain]) => [
      slug,
      {
        models: chain.models,
        onModerated: chain.on_moderated,
        onUnknownOutcome: chain.on_unknown_outcome,
      },
    ]),
  );
}

/** What a chain is once its defaults are written out. */
export function completeFallback(change: FallbackChange): WrittenFallback {
  return {
    models: change.models,
    on_moderated: change.on_moderated ?? 'stop',
    on_unknown_outcome: change.on_unknown_outcome ?? 'continue',
  };
}
