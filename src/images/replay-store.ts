import type { Account } from '../credits/ledger-store.js';
import type { Db } from '../db/database.js';
import { findInputs } from './generation-inputs.js';
import { generationResultSchema, type GenerationResult } from './generation-result.js';
import { toImage, type EditInputs, type GeneratedImage } from './generation.js';
import { recordedBodySchema, type RecordedBody } from './request-body.js';

/** A picture with all that it was made from. */
export interface Recorded {
  readonly image: GeneratedImage;
  readonly body: RecordedBody;
  readonly result: GenerationResult;
  /** Pictures that its generation delivered. */
  readonly pictures: number;
  /** undefined for a picture that was not edited from others. */
  readonly edit: EditInputs | undefined;
  /** Whether the bytes that it was edited from are gone. */
  readonly inputsGone: boolean;
}

/** A picture of an account and the request that it came of. undefined where there is none, or its record is from another time. */
export async function findRecorded(
  { kysely }: Db,
  { workspaceId, mode }: Account,
  imageId: string,
): Promise<Recorded | undefined> {
  const row = await kysely
    .selectFrom('images')
    .innerJoin('generations', 'generations.id', 'images.generation_id')
    .selectAll('images')
    .select(['generations.operation', 'generations.request_json', 'generations.result_json'])
    .where('images.id', '=', imageId)
    .where('images.workspace_id', '=', workspaceId)
    .where('images.mode', '=', mode)
    .executeTakeFirst();
  if (row?.result_json === undefined || row.result_json === null) return undefined;
  const body = recordedBodySchema.safeParse(JSON.parse(row.request_json));
  if (!body.success) return undefined;
  const generationId = row.generation_id;
  const { pictures } = await kysely
    .selectFrom('images')
    .select((eb) => eb.fn.countAll<number>().as('pictures'))
    .where('generation_id', '=', generationId)
    .executeTakeFirstOrThrow();
  const gone = await kysely
    .selectFrom('generation_inputs')
    .leftJoin('blobs', 'blobs.sha256', 'generation_inputs.blob_sha256')
    .select('position')
    .where('generation_id', '=', generationId)
    .where((eb) =>
      eb.or([
        eb('removed_at', 'is not', null),
        eb('blobs.sha256', 'is', null),
        eb('blobs.state', '=', 'lost'),
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return {
    image: toImage(row),
    body: body.data,
    result: generationResultSchema.parse(JSON.parse(row.result_json)),
    pictures,
    edit: row.operation === 'edit' ? (await findInputs(kysely, [generationId])).get(generationId) : undefined,
    inputsGone: gone !== undefined,
  };
}
