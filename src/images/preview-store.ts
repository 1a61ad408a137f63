import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Picture, StoredImage } from '../providers/provider.js';
import { generationResultSchema } from './generation-result.js';

/** A small version of a picture, in the store. */
export interface StoredPreview {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mimeType: Picture['mimeType'];
  readonly createdAt: Date;
}

/** Records of previews. They belong to a picture, and go with it. */
export class PreviewStore {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async find(imageId: string, width: number): Promise<StoredPreview | undefined> {
    const row = await this.#db.kysely
      .selectFrom('image_previews')
      .select(['blob_sha256', 'size_bytes', 'created_at'])
      .where('image_id', '=', imageId)
      .where('width', '=', width)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      sha256: row.blob_sha256,
      sizeBytes: row.size_bytes,
      mimeType: 'image/webp',
      createdAt: new Date(row.created_at),
    };
  }

  /**
   * Records a preview whose bytes are stored; another process may have been first, with the same bytes.
   * @returns undefined when its picture was removed meanwhile
   */
  async record(
    imageId: string,
    width: number,
    { sha256, sizeBytes }: StoredImage,
  ): Promise<StoredPreview | undefined> {
    const createdAt = this.#clock();
    return this.#db.transact(async (trx) => {
      const image = await trx
        .selectFrom('images')
        .select('id')
        .where('id', '=', imageId)
        .where('removed_at', 'is', null)
        // Whoever removes the picture waits, and then finds this record.
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (image === undefined) return undefined;
      await trx
        .insertInto('image_previews')
        .values({
          image_id: imageId,
          width,
          blob_sha256: sha256,
          size_bytes: sizeBytes,
          mime_type: 'image/webp',
          created_at: createdAt.getTime(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return { sha256, sizeBytes, mimeType: 'image/webp' as const, createdAt };
    });
  }

  /** The model that served a generation. */
  async findModel(generationId: string): Promise<string | undefined> {
    const row = await this.#db.kysely
      .selectFrom('generations')
      .select(['model', 'result_json'])
      .where('id', '=', generationId)
      .executeTakeFirst();
    if (row === undefined || row.result_json === null) return row?.model;
    return generationResultSchema.parse(JSON.parse(row.result_json)).receipt.model;
  }
}
