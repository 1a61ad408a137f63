import { performance } from 'node:perf_hooks';
import { AppError } from '../errors.js';
import { ProviderError } from '../providers/provider.js';

/** What a probe writes where nothing is known to fail. */
const PROBE_BYTES = 64 * 1024;
/** A nearly full store takes small things and no pictures: after a failure a probe has about the size of one. */
const PICTURE_BYTES = 2 * 1024 * 1024;
const MAX_PROBE_BYTES = 64 * 1024 * 1024;
/** A store that is down is asked no more often, however many callers wait. */
const ASK_AGAIN_MS = 1_000;
const RETRY_AFTER_MS = 5_000;

/**
 * Whether the store of pictures takes what it is given. Once it did not, it is asked before anything is bought: a picture that can't be
 * kept is paid for all the same.
 */
export class StoreHealth {
  readonly #write: (sizeBytes: number) => Promise<void>;
  readonly #onFailed: (error: unknown) => void;
  readonly #monotonicMs: () => number;
  /** What it must take to count as usable again; undefined: it is usable. */
  #neededBytes: number | undefined;
  #probing: Promise<void> | undefined;
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  /**
   * @param write writes so many bytes and removes them again
   * @param onFailed told of every picture that was not stored
   */
  constructor(
    write: (sizeBytes: number) => Promise<void>,
    onFailed: (error: unknown) => void = () => {},
    monotonicMs = () => performance.now(),
  ) {
    this.#write = write;
    this.#onFailed = onFailed;
    this.#monotonicMs = monotonicMs;
  }

  /** The store did not take a picture. @returns what its caller is told */
  failed(error: unknown, sizeBytes: number): AppError {
    this.#note(sizeBytes);
    this.#onFailed(error);
    return storageUnavailable(error);
  }

  /** Asks the store now; callers at the same time share one probe. @throws what the store fails with */
  check(): Promise<void> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  /** Whether the next picture can be kept, as far as that is known. */
  async isUsable(): Promise<boolean> {
    if (this.#neededBytes === undefined) return true;
    if (this.#probing === undefined && this.#monotonicMs() - this.#refusedAtMs < ASK_AGAIN_MS) return false;
    return this.check().then(
      () => true,
      () => false,
    );
  }

  /** Why nothing may be bought now, if so: callers may ask again. */
  async refusal(): Promise<ProviderError | undefined> {
    if (await this.isUsable()) return undefined;
    const cause = storageUnavailable(undefined);
    return new ProviderError({
      kind: 'cancelled',
      retryable: false,
      billed: false,
      message: cause.message,
      cause,
    });
  }

  async #probe(): Promise<void> {
    const sizeBytes = this.#neededBytes ?? PROBE_BYTES;
    try {
      await this.#write(sizeBytes);
      // A picture may have failed meanwhile that is larger.
      if (this.#neededBytes !== undefined && this.#neededBytes <= sizeBytes) this.#neededBytes = undefined;
    } catch (error) {
      this.#note(0);
      this.#refusedAtMs = this.#monotonicMs();
      throw error;
    }
  }

  #note(sizeBytes: number): void {
    const wanted = Math.min(MAX_PROBE_BYTES, Math.max(PICTURE_BYTES, 2 * sizeBytes));
    this.#neededBytes = Math.max(this.#neededBytes ?? 0, wanted);
  }
}

/** What a call ends with whose picture came and could not be kept: it may have been billed, so that nobody asks again by himself. */
export function notKept(failure: AppError): ProviderError {
  const message = 'A picture came, and the storage of this gateway did not take it. Nothing was charged.';
  return new ProviderError({
    kind: 'cancelled',
    retryable: false,
    billed: 'unknown',
    message,
    cause: new AppError('storage_unavailable', { message, retry: false, cause: failure.cause }),
  });
}

/** @param cause for the log; undefined: it was told before */
export function storageUnavailable(cause: unknown): AppError {
  return new AppError('storage_unavailable', {
    message: 'The storage of this gateway takes no pictures now. Nothing was charged; try again in a while.',
    retryAfterMs: RETRY_AFTER_MS,
    ...(cause === undefined ? {} : { cause }),
  });
}
