import { setInterval } from 'node:timers';
import type { Signals } from '../db/signals.js';
import { AppError } from '../errors.js';
import { safeFilename } from '../files/file-name.js';
import type { FileStore } from '../files/file-store.js';
import type { PictureStore } from '../files/picture-store.js';
import type { GenerationStore } from '../images/generation-store.js';
import type { Limits } from '../limits/limits.js';
import { drawSheet } from '../painter/sheet/draw-sheet.js';
import { makeThumbnail, type Thumbnail } from '../pixels/thumbnail.js';
import type { Caller } from '../workspaces/workspace-store.js';
import { describeSheet } from './describe-sheet.js';
import type { SheetWish } from './comparison-body.js';
import type { ComparisonService } from './comparison-service.js';
import type { Claimed, ComparisonEnd, ComparisonStore } from './comparison-store.js';
import { stateOf, type WholeComparison } from './comparison.js';

/** How often is looked without a hint. */
const POLL_MS = 2_000;
/** Drawing a hundred pictures takes seconds; a process that is not heard of for so long has died. */
const LEASE_MS = 60_000;
/** A sheet whose drawing ended its process so often is left out. */
const MAX_ATTEMPTS = 3;
/** Pixels of a small picture's longer edge: cells are at most as wide. */
const THUMBNAIL_EDGE = 512;

interface FinisherParts {
  readonly comparisons: ComparisonStore;
  readonly service: ComparisonService;
  readonly generations: GenerationStore;
  readonly files: FileStore;
  readonly pictures: PictureStore;
  readonly limits: Limits;
  readonly signals: Signals;
  /** The caller behind a key, even a revoked one. */
  readonly findCaller: (keyId: string) => Promise<Caller | undefined>;
  readonly maxPixels: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Ends comparisons whose cells have all ended, in whatever process: draws the contact sheet, keeps it as a file and writes the end
 * in the same transaction. A process that dies meanwhile leaves its lease to run out, and the next one begins anew.
 */
export class Finisher {
  readonly #parts: FinisherParts;
  #stopped = false;
  #again = false;
  #working: Promise<void> | undefined;
  #end: () => void = () => {};

  constructor(parts: FinisherParts) {
    this.#parts = parts;
  }

  /** Looks for what earlier processes left, and works until it is stopped. */
  start(): void {
    const stopListening = this.#parts.signals.listen((topic, id) => {
      if (topic === 'changed' && id.startsWith('cmp_')) this.#look();
    });
    const poll = setInterval(() => {
      this.#look();
    }, POLL_MS);
    poll.unref();
    this.#end = () => {
      stopListening();
      clearInterval(poll);
    };
    this.#look();
  }

  /** Ends what it has begun and takes nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#end();
    await this.#working;
  }

  #look(): void {
    this.#again = true;
    if (this.#stopped || this.#working !== undefined) return;
    this.#again = false;
    this.#working = this.#finishAll()
      .catch(this.#parts.onError)
      .finally(() => {
        this.#working = undefined;
        if (this.#again) this.#look();
      });
  }

  async #finishAll(): Promise<void> {
    const { comparisons, generations } = this.#parts;
    for (const waiting of await comparisons.listStillWaiting()) {
      await generations.cancelWaiting(waiting, waiting.id);
    }
    while (!this.#stopped) {
      const claimed = await comparisons.claimEnded(LEASE_MS);
      if (claimed === undefined) return;
      await this.#finish(claimed);
    }
  }

  async #finish(claimed: Claimed): Promise<void> {
    const { service, comparisons, signals } = this.#parts;
    const found = await service.find(claimed, claimed.id);
    if (found === undefined) return;
    const status = statusOf(found);
    const warnings: string[] = [];
    const ended =
      (await this.#keepSheet(found, claimed.attempts, status, warnings)) ||
      (await comparisons.end(found.comparison, { status, sheetFileId: undefined, warnings }));
    if (ended) signals.send('changed', claimed.id);
  }

  /**
   * Draws the sheet and ends the comparison with it.
   * @param warnings gets the reason where there is no sheet although one is wanted
   * @returns whether it has ended
   */
  async #keepSheet(
    found: WholeComparison,
    attempts: number,
    status: ComparisonEnd['status'],
    warnings: string[],
  ): Promise<boolean> {
    const { comparison } = found;
    const { sheet: wish } = comparison;
    const { files, pictures, limits, comparisons, findCaller } = this.#parts;
    if (wish === undefined || found.cells.every(({ generation }) => generation?.images[0] === undefined)) {
      return false;
    }
    if (attempts > MAX_ATTEMPTS) {
      warnings.push('The contact sheet could not be drawn.');
      return false;
    }
    try {
      const { bytes, mimeType, width, height } = await this.#draw(found, wish);
      const { sha256, sizeBytes } = await pictures.storeBuffer(bytes);
      const caller = await findCaller(comparison.keyId);
      let ended = false;
      await files.create(
        {
          workspaceId: comparison.workspaceId,
          mode: comparison.mode,
          keyId: comparison.keyId,
          purpose: 'vision',
          filename: safeFilename(`comparison-${comparison.id}`, mimeType),
          sha256,
          sizeBytes,
          mimeType,
          width,
          height,
          c2pa: false,
          model: undefined,
          generationId: undefined,
          imageId: undefined,
          derivedFromFileId: undefined,
        },
        undefined,
        async (trx, sheetFileId) => {
          if (caller !== undefined) await limits.requireStorage(caller, 0, trx);
          ended = await comparisons.endWithin(trx, comparison, { status, sheetFileId, warnings: [] });
          if (!ended) throw new EndedElsewhere();
        },
      );
      return ended;
    } catch (error) {
      if (error instanceof EndedElsewhere) return true;
      if (error instanceof AppError && error.code === 'storage_quota_exceeded') {
        warnings.push(`The contact sheet was not kept: the storage is full. ${error.message}`);
      } else {
        this.#parts.onError(error);
        warnings.push('The contact sheet could not be drawn.');
      }
      return false;
    }
  }

  async #draw(found: WholeComparison, wish: SheetWish) {
    const body = await this.#parts.comparisons.findBody(found.comparison.id);
    return drawSheet(describeSheet(found, body, wish, await this.#makeThumbnails(found)));
  }

  /** One after the other: whole pictures are in memory while they are made smaller. */
  async #makeThumbnails({ cells }: WholeComparison): Promise<ReadonlyMap<number, Thumbnail>> {
    const { pictures, maxPixels, onError } = this.#parts;
    const thumbnails = new Map<number, Thumbnail>();
    for (const { position, generation } of cells) {
      const image = generation?.images[0];
      if (image === undefined || image.removed) continue;
      try {
        const bytes = await pictures.readBuffer(image.sha256);
        thumbnails.set(position, await makeThumbnail(bytes, THUMBNAIL_EDGE, { maxPixels }));
      } catch (error) {
        // Its place on the sheet says that it is gone.
        onError(error);
      }
    }
    return thumbnails;
  }
}

/** Thrown inside the transaction of an end that another process was first with: its file must not stay. */
class EndedElsewhere extends Error {}

function statusOf({ comparison, cells }: WholeComparison): ComparisonEnd['status'] {
  const states = cells.map(stateOf);
  if (comparison.cancelRequested && states.includes('cancelled')) return 'cancelled';
  if (states.every((state) => state === 'succeeded')) return 'succeeded';
  return states.some((state) => state === 'succeeded' || state === 'partial') ? 'partial' : 'failed';
}
