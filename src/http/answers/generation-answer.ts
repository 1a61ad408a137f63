import { Readable } from 'node:stream';
import { z } from 'zod';
import { lifecycleStatus } from '../../catalogue/lifecycle.js';
import { toCredits } from '../../credits/microcredits.js';
import type { Borrowed } from '../../files/blob-store.js';
import type { PictureStore } from '../../files/picture-store.js';
import {
  adjustmentSchema,
  publicErrorSchema,
  receiptSchema,
  servedModel,
} from '../../images/generation-result.js';
import type { GeneratedImage, Generation } from '../../images/generation.js';
import type { Lifecycle } from '../../providers/model.js';
import { encodeBase64 } from './encode-base64.js';
import { imageLinksSchema, toImageLinks, type LinkMaker } from './image-links.js';
import { imageProvenanceSchema, toImageProvenance } from './image-provenance.js';

const imageSchema = z.object({
  id: z.string(),
  ...imageLinksSchema.shape,
  b64_json: z.string().optional(),
  model: z.string().optional().describe('The model that made it, where that is not the one of the answer.'),
  revised_prompt: z.string().optional(),
  width: z.number().int(),
  height: z.number().int(),
  mime_type: z.string(),
  seed: z.number().int().optional(),
  file_id: z.string().optional().describe('The file that keeps the picture.'),
  expires_at: z
    .number()
    .int()
    .describe('Unix seconds; the link ends then, and so does the picture unless a file keeps it.'),
  provenance: imageProvenanceSchema,
});

/** What answers about a generation look like, synchronous or read later. Times are Unix seconds, money is credits. */
export const generationAnswerSchema = z
  .object({
    id: z.string(),
    object: z.literal('image.generation'),
    status: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled']),
    created: z.number().int(),
    data: z.array(imageSchema),
    credits_used: z.number(),
    model: z.string().describe('The model that was served.'),
    size: z.string().optional().describe('As measured.'),
    quality: z.string().optional(),
    output_format: z.string().optional(),
    adjustments: z.array(adjustmentSchema),
    receipt: receiptSchema.optional(),
    attempts: z.array(
      z.object({
        image: z.number().int().describe('First image of the call, from 1.'),
        attempt: z.number().int().describe('Counted per image, from 1; 0 for a route that was passed over.'),
        model: z.string(),
        route: z.string(),
        outcome: z.string(),
        duration_ms: z.number().int(),
        error: publicErrorSchema.optional(),
      }),
    ),
    errors: z.array(publicErrorSchema),
    error: publicErrorSchema.optional(),
    usage: z
      .object({
        total_tokens: z.number(),
        input_tokens: z.number(),
        output_tokens: z.number(),
        input_tokens_details: z.object({ text_tokens: z.number(), image_tokens: z.number() }),
        output_tokens_details: z.object({ text_tokens: z.number(), image_tokens: z.number() }),
      })
      .optional(),
    parents: z
      .array(z.string())
      .optional()
      .describe('Pictures of earlier generations that this edit started from.'),
    comparison_id: z.string().optional().describe('The comparison that it is a cell of.'),
    metadata: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'Generation' });
export type GenerationAnswer = z.output<typeof generationAnswerSchema>;

/** Shapes an answer whose pictures are signed links below `publicUrl`. */
export function toGenerationAnswer(generation: Generation, links: LinkMaker): GenerationAnswer {
  return shape(generation, links.until, (image) => toImageLinks(image, links));
}

/** A body of known length. */
interface Base64Answer {
  readonly body: Readable;
  readonly lengthBytes: number;
  /** To be called once the connection has taken it all, or is gone: memory that the body shows is used again from then on. */
  readonly sent: () => void;
}

/**
 * An answer whose pictures are base64, as a stream of known length: head, the stored bytes encoded as they are read,
 * tail. No picture is ever a string.
 */
export function toBase64Answer(generation: Generation, pictures: PictureStore, until: Date): Base64Answer {
  // A mark can't stand inside a string of the answer: there its quotes would be escaped.
  const answer = JSON.stringify(shape(generation, until, (image) => ({ b64_json: `${image.position}` })));
  const parts: (Buffer | GeneratedImage)[] = [];
  let rest = answer;
  for (const image of generation.images) {
    const mark = `"id":"${image.id}","b64_json":"`;
    const start = rest.indexOf(mark) + mark.length;
    parts.push(Buffer.from(rest.slice(0, start)), image);
    rest = rest.slice(start + String(image.position).length);
  }
  parts.push(Buffer.from(rest));
  const lengthBytes = parts.reduce(
    (sum, part) => sum + (Buffer.isBuffer(part) ? part.length : 4 * Math.ceil(part.sizeBytes / 3)),
    0,
  );
  const atHand = readAtHand(parts, pictures);
  if (atHand !== undefined) return { ...atHand, lengthBytes };
  const body = Readable.from(encodeParts(parts, pictures), { objectMode: false });
  return { body, lengthBytes, sent: () => {} };
}

/** Headers that tell clients of a model's end (RFC 9745, RFC 8594). */
export function lifecycleHeaders(lifecycle: Lifecycle, now: Date): Readonly<Record<string, string>> {
  if (lifecycleStatus(lifecycle, now) === 'active') return {};
  const since = lifecycle.deprecatedOn ?? lifecycle.retiredOn;
  return {
    ...(since === undefined ? {} : { deprecation: `@${Date.parse(since) / 1000}` }),
    ...(lifecycle.retiredOn === undefined ? {} : { sunset: new Date(lifecycle.retiredOn).toUTCString() }),
  };
}

function shape(
  generation: Generation,
  until: Date,
  delivery: (image: GeneratedImage) => Partial<GenerationAnswer['data'][number]>,
): GenerationAnswer {
  const { result, images } = generation;
  const [first] = images;
  const model = result?.receipt.model ?? generation.model;
  return {
    id: generation.id,
    object: 'image.generation',
    status: generation.status,
    created: seconds(generation.createdAt),
    data: images.map((image) => ({
      id: image.id,
      ...delivery(image),
      ...describeModel(generation, image, model),
      ...(image.revisedPrompt === undefined ? {} : { revised_prompt: image.revisedPrompt }),
      width: image.width,
      height: image.height,
      mime_type: image.mimeType,
      ...(image.seed === undefined ? {} : { seed: image.seed }),
      ...(image.fileId === undefined ? {} : { file_id: image.fileId }),
      expires_at: seconds(image.fileId === undefined ? image.expiresAt : until),
      provenance: toImageProvenance(image),
    })),
    credits_used: toCredits(generation.charged),
    model,
    ...(first === undefined
      ? {}
      : { size: `${first.width}x${first.height}`, output_format: first.mimeType.slice(6) }),
    ...(result?.quality === undefined ? {} : { quality: result.quality }),
    adjustments: result?.adjustments ?? [],
    ...(result === undefined ? {} : { receipt: result.receipt }),
    attempts: generation.attempts.map((attempt) => ({
      image: attempt.imageNumber,
      attempt: attempt.attemptNumber,
      model: attempt.model,
      route: attempt.routeId,
      outcome: attempt.outcome,
      duration_ms: attempt.durationMs,
      ...(attempt.error === undefined ? {} : { error: attempt.error }),
    })),
    errors: result?.errors ?? [],
    ...(generation.error === undefined ? {} : { error: generation.error }),
    ...(result?.usage === undefined ? {} : { usage: result.usage }),
    ...(generation.parentIds.length === 0 ? {} : { parents: [...generation.parentIds] }),
    ...(generation.comparisonId === undefined ? {} : { comparison_id: generation.comparisonId }),
    ...(result === undefined || Object.keys(result.metadata).length === 0
      ? {}
      : { metadata: result.metadata }),
  };
}

function describeModel({ result }: Generation, image: GeneratedImage, model: string): { model?: string } {
  const served = result === undefined ? model : servedModel(result.receipt, image.position);
  return served === model ? {} : { model: served };
}

/** The whole answer from memory, if the base64 of all its pictures is at hand: nothing is waited for, and nothing is copied. */
function readAtHand(
  parts: readonly (Buffer | GeneratedImage)[],
  pictures: PictureStore,
): Pick<Base64Answer, 'body' | 'sent'> | undefined {
  const chunks: Buffer[] = [];
  const borrowed: Borrowed[] = [];
  const giveBack = () => {
    for (const one of borrowed) one.giveBack();
  };
  for (const part of parts) {
    if (Buffer.isBuffer(part)) {
      chunks.push(part);
      continue;
    }
    const text = pictures.borrowBase64(part.sha256);
    if (text === undefined) {
      giveBack();
      return undefined;
    }
    borrowed.push(text);
    chunks.push(...text.chunks);
  }
  const body = new Readable({
    read() {
      for (const chunk of chunks) this.push(chunk);
      this.push(null);
    },
  });
  return { body, sent: giveBack };
}

async function* encodeParts(
  parts: readonly (Buffer | GeneratedImage)[],
  pictures: PictureStore,
): AsyncGenerator<Buffer> {
  for (const part of parts) {
    if (Buffer.isBuffer(part)) yield part;
    else yield* encodeBase64(pictures.read(part.sha256));
  }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
