import type { Kysely } from 'kysely';
import { z } from 'zod';
import { prepareInsert } from '../db/prepared.js';
import type { Database } from '../db/schema.js';
import { pictureMimeTypeSchema } from '../files/picture-mime-type.js';
import type { StoredImage, TokenUsage } from '../providers/provider.js';
import type { ArrivedImage } from './attempt.js';

const pictureSchema = z.object({
  mimeType: pictureMimeTypeSchema,
  width: z.number(),
  height: z.number(),
  hasAlpha: z.boolean(),
  complete: z.boolean(),
  c2pa: z.boolean(),
});

const usageSchema = z
  .object({
    inputTokens: z.number(),
    outputTokens: z.number(),
    totalTokens: z.number(),
    inputTextTokens: z.number().optional(),
    inputImageTokens: z.number().optional(),
    outputImageTokens: z.number().optional(),
    outputTextTokens: z.number().optional(),
  })
  .transform((usage): TokenUsage => ({
    ...usage,
    inputTextTokens: usage.inputTextTokens,
    inputImageTokens: usage.inputImageTokens,
    outputImageTokens: usage.outputImageTokens,
    outputTextTokens: usage.outputTextTokens,
  }));

/** Writes a picture down; a second one for the same place is nobody's. */
export async function insertArrived(db: Kysely<Database>, arrived: ArrivedImage): Promise<void> {
  const { image, usage } = arrived;
  await insertReceived.write(db, {
    generation_id: arrived.generationId,
    position: image.position,
    image_number: arrived.imageNumber,
    attempt_number: arrived.attemptNumber,
    route_id: arrived.routeId,
    blob_sha256: image.stored.sha256,
    size_bytes: image.stored.sizeBytes,
    picture_json: image.stored.picture === undefined ? null : JSON.stringify(image.stored.picture),
    revised_prompt: image.revisedPrompt ?? null,
    seed: image.seed ?? null,
    continuation_sha256: image.continuation?.sha256 ?? null,
    continuation_size_bytes: image.continuation?.sizeBytes ?? null,
    usage_json: usage === undefined ? null : JSON.stringify(usage),
    cost_microcredits: arrived.costMicrocredits ?? null,
    started_at: arrived.startedAt.getTime(),
    received_at: arrived.receivedAt.getTime(),
  });
}

const insertReceived = prepareInsert(
  'received_images',
  [
    'generation_id',
    'position',
    'image_number',
    'attempt_number',
    'route_id',
    'blob_sha256',
    'size_bytes',
    'picture_json',
    'revised_prompt',
    'seed',
    'continuation_sha256',
    'continuation_size_bytes',
    'usage_json',
    'cost_microcredits',
    'started_at',
    'received_at',
  ],
  { orIgnore: true },
);

/** What had arrived of the given generations. */
export async function findArrived(
  db: Kysely<Database>,
  generationIds: readonly string[],
): Promise<readonly ArrivedImage[]> {
  const rows = await db
    .selectFrom('received_images')
    .selectAll()
    .where('generation_id', 'in', generationIds)
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    generationId: row.generation_id,
    imageNumber: row.image_number,
    attemptNumber: row.attempt_number,
    routeId: row.route_id,
    image: {
      position: row.position,
      stored: {
        sha256: row.blob_sha256,
        sizeBytes: row.size_bytes,
        picture: row.picture_json === null ? undefined : pictureSchema.parse(JSON.parse(row.picture_json)),
      },
      revisedPrompt: row.revised_prompt ?? undefined,
      seed: row.seed ?? undefined,
      continuation: toContinuation(row.continuation_sha256, row.continuation_size_bytes),
    },
    usage: row.usage_json === null ? undefined : usageSchema.parse(JSON.parse(row.usage_json)),
    costMicrocredits: row.cost_microcredits ?? undefined,
    startedAt: new Date(row.started_at),
    receivedAt: new Date(row.received_at),
  }));
}

function toContinuation(sha256: string | null, sizeBytes: number | null): StoredImage | undefined {
  return sha256 === null || sizeBytes === null ? undefined : { sha256, sizeBytes, picture: undefined };
}
