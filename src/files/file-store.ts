import type { Transaction } from 'kysely';
import type { Clock } from '../clock.js';
import type { Db } from '../db/database.js';
import { beyond, inOrder, readingOf, type PageWish } from '../db/keyset.js';
import type { Database, Mode } from '../db/schema.js';
import { AppError } from '../errors.js';
import { holdBlobs, releaseBlobs, releaseImageBlobs } from './blob-records-store.js';
import { count, insertFile, toFile, type NewFile, type StoredFile } from './file-record.js';
import { safeFilename } from './file-name.js';
import { insertKeptImage, originalOf } from './kept-image.js';
import { pictureMimeTypeSchema } from './picture-mime-type.js';

/** Whose files: those of a workspace in one mode. */
export interface FileOwner {
  readonly workspaceId: string;
  readonly mode: Mode;
}

/** A page of files. undefined filters let everything through; times are inclusive. */
export interface FileListWish extends PageWish {
  readonly purpose: string | undefined;
  readonly model: string | undefined;
  readonly createdAfter: Date | undefined;
  readonly createdBefore: Date | undefined;
}

/** What a caller says about a generated picture that is kept. */
export interface KeepWish extends FileOwner {
  readonly imageId: string;
  readonly keyId: string;
  readonly purpose: string | undefined;
  readonly filename: string | undefined;
  /** Life from now on, in milliseconds; undefined: for good. */
  readonly lifeMs: number | undefined;
}

/** Does nothing but queries; what it throws undoes the transaction. */
type Confirm = (trx: Transaction<Database>, fileId: string) => Promise<void>;

/** The records of files. Only here a picture becomes kept or stops being so. */
export class FileStore {
  readonly #db: Db;
  readonly #clock: Clock;

  constructor(db: Db, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /**
   * Records a file whose bytes are in the store.
   * @param confirm asked once it is written
   * @throws AppError conflict when the bytes were removed meanwhile, and all that `confirm` throws
   */
  async create(
    file: Omit<NewFile, 'expiresAt'>,
    lifeMs: number | undefined,
    confirm: Confirm,
  ): Promise<StoredFile> {
    const id = await this.#db.transact(async (trx) => {
      const now = this.#clock().getTime();
      if (!(await holdBlobs(trx, [file.sha256]))) {
        throw new AppError('conflict', {
          message: 'The same bytes were being deleted while they were sent. Send them again.',
          retry: true,
        });
      }
      const expiresAt = lifeMs === undefined ? undefined : new Date(now + lifeMs);
      const fileId = await insertFile(trx, { ...file, expiresAt }, now);
      await confirm(trx, fileId);
      return fileId;
    });
    return this.#load(file, id);
  }

  /**
   * Keeps a generated picture: a record that refers to the bytes it has. A picture that is kept already has its file, which
   * is given back.
   * @throws AppError not_found, image_expired, conflict when the file that it has was made with other words
   */
  async keepImage(wish: KeepWish, confirm: Confirm): Promise<StoredFile> {
    const id = await this.#db.transact(async (trx) => {
      const now = this.#clock().getTime();
      const image = await trx
        .selectFrom('images')
        .selectAll()
        .where('id', '=', wish.imageId)
        .where('workspace_id', '=', wish.workspaceId)
        .where('mode', '=', wish.mode)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (image === undefined) {
        throw new AppError('not_found', {
          message: '`image_id` names no picture of this workspace.',
          param: 'image_id',
        });
      }
      if (image.file_id !== null) {
        await this.#requireSameWords(trx, image.file_id, wish);
        await confirm(trx, image.file_id);
        return image.file_id;
      }
      const gone = image.removed_at !== null || image.expires_at <= now;
      const original = originalOf(image);
      const needed = [image.blob_sha256, ...(original === undefined ? [] : [original.sha256])];
      if (gone || !(await holdBlobs(trx, needed))) {
        throw new AppError('image_expired', {
          message:
            'The bytes of this picture are gone, most likely because its time was over; it can’t be kept any more.',
          param: 'image_id',
        });
      }
      const mimeType = pictureMimeTypeSchema.parse(image.mime_type);
      const fileId = await insertKeptImage(
        trx,
        {
          workspaceId: wish.workspaceId,
          mode: wish.mode,
          keyId: wish.keyId,
          purpose: wish.purpose ?? 'vision',
          filename: safeFilename(wish.filename ?? wish.imageId, mimeType),
          sha256: image.blob_sha256,
          sizeBytes: image.size_bytes,
          mimeType,
          width: image.width,
          height: image.height,
          c2pa: image.c2pa === 1,
          model: image.model ?? undefined,
          generationId: image.generation_id,
          imageId: image.id,
          expiresAt: wish.lifeMs === undefined ? undefined : new Date(now + wish.lifeMs),
        },
        original,
        now,
      );
      await trx.updateTable('images').set({ file_id: fileId }).where('id', '=', image.id).execute();
      await confirm(trx, fileId);
      return fileId;
    });
    return this.#load(wish, id);
  }

  /** A file that is stored now. */
  async find(owner: FileOwner, id: string): Promise<StoredFile | undefined> {
    const row = await this.#select(owner).where('files.id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : toFile(row, row.blob_state);
  }

  /** @throws AppError invalid_request when `after` or `before` is no file of this owner, deleted ones included */
  async list(owner: FileOwner, wish: FileListWish): Promise<readonly StoredFile[]> {
    const reading = readingOf(wish);
    let query = this.#select(owner)
      .orderBy('files.created_at', reading)
      .orderBy('files.id', reading)
      .limit(wish.limit);
    const cursor = wish.after ?? wish.before;
    if (cursor !== undefined) {
      const place = await this.#db.kysely
        .selectFrom('files')
        .select(['created_at', 'id'])
        .where('id', '=', cursor)
        .where('workspace_id', '=', owner.workspaceId)
        .where('mode', '=', owner.mode)
        .executeTakeFirst();
      if (place === undefined) {
        const param = wish.after === undefined ? 'before' : 'after';
        throw new AppError('invalid_request', { message: `\`${param}\` must be the id of a file.`, param });
      }
      query = query.where(beyond('files', place, reading));
    }
    if (wish.purpose !== undefined) query = query.where('files.purpose', '=', wish.purpose);
    if (wish.model !== undefined) query = query.where('files.model', '=', wish.model);
    if (wish.createdAfter !== undefined) {
      query = query.where('files.created_at', '>=', wish.createdAfter.getTime());
    }
    if (wish.createdBefore !== undefined) {
      query = query.where('files.created_at', '<=', wish.createdBefore.getTime());
    }
    const rows = await query.execute();
    return inOrder(rows, wish).map((row) => toFile(row, row.blob_state));
  }

  /**
   * Deletes a file for good. The picture that it kept goes with it, and so do the inputs of finished edits that it was: when
   * no other file or picture has the same bytes, the next sweep removes them.
   * @returns false when there is no such file
   */
  async delete(owner: FileOwner, id: string): Promise<boolean> {
    return this.#db.transact(async (trx) => {
      const now = this.#clock().getTime();
      const removed = await this.#remove(trx, [id], now, owner);
      if (removed === 0) return false;
      const images = await trx
        .updateTable('images')
        .set({ file_id: null, removed_at: now })
        .where('file_id', '=', id)
        .returning('id')
        .execute();
      const inputs = await trx
        .updateTable('generation_inputs')
        .set({ removed_at: now })
        .where('file_id', '=', id)
        .where('removed_at', 'is', null)
        .where('expires_at', 'is not', null)
        .returning(['blob_sha256', 'continuation_sha256'])
        .execute();
      const hashes = inputs.flatMap((row) => [row.blob_sha256, row.continuation_sha256]);
      await releaseBlobs(trx, hashes, now);
      await releaseImageBlobs(
        trx,
        images.map((image) => image.id),
        now,
      );
      return true;
    });
  }

  /** Removes up to `limit` files whose time is over; a picture that one kept lives on for what is left of its own. */
  async removeExpired(limit: number): Promise<number> {
    const now = this.#clock().getTime();
    return this.#db.transact(async (trx) => {
      const rows = await trx
        .selectFrom('files')
        .select('id')
        .where('removed_at', 'is', null)
        .where('expires_at', '<=', now)
        .limit(limit)
        .forNoKeyUpdate()
        .skipLocked()
        .execute();
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return 0;
      await trx.updateTable('images').set({ file_id: null }).where('file_id', 'in', ids).execute();
      return this.#remove(trx, ids, now);
    });
  }

  async #remove(
    trx: Transaction<Database>,
    ids: readonly string[],
    now: number,
    owner?: FileOwner,
  ): Promise<number> {
    let query = trx
      .selectFrom('files')
      .select(['id', 'workspace_id', 'mode', 'key_id', 'blob_sha256', 'size_bytes'])
      .where('id', 'in', ids)
      .where('removed_at', 'is', null)
      .orderBy('id')
      .forNoKeyUpdate();
    if (owner !== undefined) {
      query = query
        .where('workspace_id', '=', owner.workspaceId)
        .where('mode', '=', owner.mode)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]));
    }
    const rows = await query.execute();
    if (rows.length === 0) return 0;
    for (const row of rows) {
      const of = { workspaceId: row.workspace_id, mode: row.mode, keyId: row.key_id };
      await count(trx, of, { files: -1, bytes: -row.size_bytes });
    }
    await trx
      .updateTable('files')
      .set({ removed_at: now })
      .where(
        'id',
        'in',
        rows.map(({ id }) => id),
      )
      .execute();
    await releaseBlobs(
      trx,
      rows.map((row) => row.blob_sha256),
      now,
    );
    return rows.length;
  }

  #select(owner: FileOwner) {
    const now = this.#clock().getTime();
    return this.#db.kysely
      .selectFrom('files')
      .leftJoin('blobs', 'blobs.sha256', 'files.blob_sha256')
      .selectAll('files')
      .select('blobs.state as blob_state')
      .where('files.workspace_id', '=', owner.workspaceId)
      .where('files.mode', '=', owner.mode)
      .where('files.removed_at', 'is', null)
      .where((eb) => eb.or([eb('files.expires_at', 'is', null), eb('files.expires_at', '>', now)]));
  }

  async #load(owner: FileOwner, id: string): Promise<StoredFile> {
    const file = await this.find(owner, id);
    if (file !== undefined) return file;
    throw new AppError('file_not_found', { message: 'The file was deleted as soon as it was stored.' });
  }

  async #requireSameWords(trx: Transaction<Database>, fileId: string, wish: KeepWish): Promise<void> {
    const file = await trx.selectFrom('files').selectAll().where('id', '=', fileId).executeTakeFirstOrThrow();
    const lifeMs = file.expires_at === null ? undefined : file.expires_at - file.created_at;
    const mimeType = pictureMimeTypeSchema.parse(file.mime_type);
    const other =
      wish.purpose !== undefined && wish.purpose !== file.purpose
        ? 'purpose'
        : wish.filename !== undefined && safeFilename(wish.filename, mimeType) !== file.filename
          ? 'filename'
          : wish.lifeMs !== undefined && wish.lifeMs !== lifeMs
            ? 'expires_after'
            : undefined;
    if (other === undefined) return;
    throw new AppError('conflict', {
      message: `This picture is kept already, as ${fileId} with another \`${other}\`. Delete that file first, or leave \`${other}\` out.`,
      param: other,
    });
  }
}
