import * as z from 'zod/mini';
import { generationSchema, type Generation } from './images.js';
import { watchEvents } from './watch-events.js';

const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('queued'), position: z.number() }),
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('waiting'), image: z.number(), ahead: z.number() }),
  z.object({ type: z.literal('progress'), image: z.number(), fraction: z.number() }),
  z.object({ type: z.literal('image'), image: z.number() }),
  z.object({
    type: z.literal('partial_image'),
    image: z.number(),
    mime_type: z.enum(['image/png', 'image/jpeg', 'image/webp']),
    b64_json: z.string(),
  }),
  z.object({ type: z.enum(['completed', 'failed', 'cancelled']), generation: generationSchema }),
]);
export type GenerationEvent = z.output<typeof eventSchema>;

/**
 * Watches a generation until its end, across broken connections; nothing is told twice.
 * @returns the generation as it ended; undefined when `signal` ended the watching
 * @throws ApiFailure when the server refuses to tell
 */
export async function watchGeneration(
  keyId: string,
  id: string,
  tell: (event: GenerationEvent) => void,
  signal: AbortSignal,
): Promise<Generation | undefined> {
  return watchEvents<Generation>(
    keyId,
    `/v1/images/generations/${id}/events`,
    (data) => {
      const event = eventSchema.safeParse(data);
      // A kind of event that came with a newer server.
      if (!event.success) return undefined;
      tell(event.data);
      return 'generation' in event.data ? event.data.generation : undefined;
    },
    signal,
  );
}
