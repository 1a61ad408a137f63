import * as z from 'zod/mini';
import { ApiFailure, send } from './client.js';
import { readEvents } from './event-stream.js';
import { generationSchema, type Generation } from './images.js';

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

/** Between two attempts to watch. */
const RETRY_MS = 1_500;

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
  let last: string | undefined;
  const stopped = () => signal.aborted;
  while (!stopped()) {
    try {
      const response = await send(keyId, `/v1/images/generations/${id}/events`, {
        headers: last === undefined ? {} : { 'last-event-id': last },
        signal,
      });
      if (response.body === null) return undefined;
      for await (const { id: place, data } of readEvents(response.body)) {
        last = place ?? last;
        const parsed = eventSchema.safeParse(JSON.parse(data));
        // A kind of event that came with a newer server.
        if (!parsed.success) continue;
        tell(parsed.data);
        if ('generation' in parsed.data) return parsed.data.generation;
      }
    } catch (error) {
      if (stopped()) return undefined;
      const refused = error instanceof ApiFailure && error.facts.status >= 400 && error.facts.status < 500;
      if (refused) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return undefined;
}
