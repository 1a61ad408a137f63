import { z } from 'zod';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import type { Sight } from './attempt.js';

/** A sight as it is kept. Its sequence counts from 1 within its generation. */
export type KeptSight = { readonly sequence: number; readonly createdAt: Date } & (
  Exclude<Sight, { kind: 'partial' }> | ({ readonly kind: 'partial' } & KeptPartial)
);

/** A partial picture, its bytes in the blob store. */
export interface KeptPartial {
  readonly position: number;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly mimeType: string | undefined;
}

const progressSchema = z.object({ imageNumber: z.number(), fraction: z.number() });
const waitingSchema = z.object({ imageNumber: z.number(), ahead: z.number() });
const arrivedSchema = z.object({ position: z.number() });
const partialSchema = z
  .object({
    position: z.number(),
    sha256: z.string(),
    sizeBytes: z.number(),
    width: z.number().optional(),
    height: z.number().optional(),
    mimeType: z.string().optional(),
  })
  .transform((partial): KeptPartial => ({
    ...partial,
    width: partial.width,
    height: partial.height,
    mimeType: partial.mimeType,
  }));

/** How long sights are kept. Shorter than the bytes of partial pictures, to which nothing else refers. */
const KEPT_MS = 60 * 60 * 1000;

/** Progress and partial pictures of generations, for those who watch. */
export class EventLog {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async lastSequence(generationId: string): Promise<number> {
    // What is about to run waits for it.
    const row = await this.#db.patiently(() =>
      this.#db.kysely
        .selectFrom('generation_events')
        .select('sequence')
        .where('generation_id', '=', generationId)
        .orderBy('sequence', 'desc')
        .limit(1)
        .executeTakeFirst(),
    );
    return row?.sequence ?? 0;
  }

  /** Writes a sight down. */
  async append(generationId: string, sequence: number, sight: Sight): Promise<void> {
    await this.#db.write((db) =>
      db
        .insertInto('generation_events')
        .values({
          generation_id: generationId,
          sequence,
          kind: sight.kind,
          data_json: JSON.stringify(dataOf(sight)),
          created_at: this.#clock().getTime(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
  }

  /** Forgets what nobody resumes from any more. */
  async removeOld(): Promise<void> {
    await this.#db.kysely
      .deleteFrom('generation_events')
      .where('created_at', '<', this.#clock().getTime() - KEPT_MS)
      .execute();
  }

  /** What was seen after the given one, in its order. */
  async listAfter(generationId: string, sequence: number): Promise<readonly KeptSight[]> {
    const rows = await this.#db.kysely
      .selectFrom('generation_events')
      .selectAll()
      .where('generation_id', '=', generationId)
      .where('sequence', '>', sequence)
      .orderBy('sequence')
      .execute();
    return rows.map((row) => {
      const data: unknown = JSON.parse(row.data_json);
      const common = { sequence: row.sequence, createdAt: new Date(row.created_at) };
      switch (row.kind) {
        case 'waiting':
          return { ...common, kind: row.kind, ...waitingSchema.parse(data) };
        case 'progress':
          return { ...common, kind: row.kind, ...progressSchema.parse(data) };
        case 'partial':
          return { ...common, kind: row.kind, ...partialSchema.parse(data) };
        case 'arrived':
          return { ...common, kind: row.kind, ...arrivedSchema.parse(data) };
      }
    });
  }
}

function dataOf(sight: Sight): object {
  switch (sight.kind) {
    case 'waiting':
      return { imageNumber: sight.imageNumber, ahead: sight.ahead };
    case 'progress':
      return { imageNumber: sight.imageNumber, fraction: sight.fraction };
    case 'arrived':
      return { position: sight.position };
    case 'partial': {
      const { sha256, sizeBytes, picture } = sight.image;
      const { width, height, mimeType } = picture ?? {};
      return { position: sight.position, sha256, sizeBytes, width, height, mimeType };
    }
  }
}
