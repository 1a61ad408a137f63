import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { callGateway } from '../gateway.js';
import { factsResult, seenImage, showPictures } from '../results.js';
import type { ToolCall } from '../tool.js';
import { envelopeSchema, ToolFailure } from '../tool-failure.js';
import { waitForEnd } from '../wait-for-end.js';

const seenGeneration = z.object({
  id: z.string(),
  status: z.string(),
  data: z.array(seenImage),
  credits_used: z.number(),
  model: z.string(),
  size: z.string().optional(),
  quality: z.string().optional(),
  output_format: z.string().optional(),
  adjustments: z.array(z.json()),
  errors: z.array(z.json()),
  error: envelopeSchema.shape.error.optional(),
  parents: z.array(z.string()).optional(),
});
const progress = z.object({ image: z.number().int(), fraction: z.number() });
const arrived = z.object({ image: z.number().int() });

interface Wish {
  /** Pictures that are expected. */
  readonly n: number;
  readonly waitMs: number;
  readonly show: boolean;
}

/**
 * What became of a generation, waited for as long as is wanted. One that goes on is told with what to call next.
 * @throws ToolFailure the error of a generation without any picture
 */
export async function generationResult(id: string, wish: Wish, call: ToolCall): Promise<CallToolResult> {
  const path = `/v1/images/generations/${encodeURIComponent(id)}`;
  const { error, errors, ...facts } = await readEnd(id, path, wish, call);
  if (facts.status === 'queued' || facts.status === 'running') {
    const next = `It goes on. Call get_image with {"generation_id": "${facts.id}"}; don’t generate again.`;
    return factsResult({ id: facts.id, status: facts.status, next });
  }
  if (facts.data.length === 0) {
    const message = `The generation was ${facts.status}.`;
    const known = error ?? { message, type: 'invalid_request_error', code: 'conflict', param: null };
    throw new ToolFailure({ error: { ...known, generation_id: facts.id, credits_used: facts.credits_used } });
  }
  return factsResult(
    { ...facts, ...(errors.length === 0 ? {} : { errors }) },
    await showPictures(facts.data, wish.show, call),
  );
}

async function readEnd(id: string, path: string, { n, waitMs }: Wish, call: ToolCall) {
  const tell = progressOf(n, call);
  try {
    await waitForEnd(`${path}/events`, waitMs, call, ({ event, data }) => {
      if (event === 'progress') {
        const { image, fraction } = progress.parse(data);
        tell(image, fraction);
      }
      if (event === 'image') tell(arrived.parse(data).image, 1);
    });
    return await callGateway(call.gateway, path, seenGeneration, call);
  } catch (error) {
    // A gateway that restarts goes on with what was begun: the id must not be lost.
    if (!(error instanceof ToolFailure)) throw error;
    const { envelope } = error;
    throw new ToolFailure({ ...envelope, error: { ...envelope.error, generation_id: id } }, error);
  }
}

/** The progress of all pictures as one number that never falls. */
function progressOf(n: number, { tellProgress }: ToolCall): (image: number, fraction: number) => void {
  const done = new Map<number, number>();
  return (image, fraction) => {
    done.set(image, Math.max(done.get(image) ?? 0, fraction));
    const sum = [...done.values()].reduce((total, one) => total + one, 0);
    const whole = [...done.values()].filter((one) => one >= 1).length;
    tellProgress(Math.min(sum, n), n, `${whole} of ${n} pictures are there`);
  };
}
