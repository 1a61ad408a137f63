import { ProviderError } from '../provider.js';
import type { NativeCall, ProviderIo, StoredImage } from '../provider.js';
import type { JsonWithPictures } from '../shared/json-pictures.js';
import type { PictureKeeper } from '../shared/picture-keeper.js';
import type { UpstreamFacts } from '../shared/upstream-error.js';

/** What the two protocols' readers get to see of an answer. */
export interface ReadAnswer extends JsonWithPictures {
  readonly call: NativeCall;
  readonly keeper: PictureKeeper;
  readonly upstream: UpstreamFacts;
  readonly io: Pick<ProviderIo, 'drifted'>;
  /** Keeps bytes that a later call has to send back. */
  store(bytes: Uint8Array): Promise<StoredImage>;
  /** What must not travel on in a message. */
  readonly secrets: readonly (string | undefined)[];
}

/** The error for JSON that parses and isn't what the protocol promises. */
export function unexpectedShape(upstream: UpstreamFacts, cause: unknown): ProviderError {
  return new ProviderError({
    kind: 'bad_response',
    retryable: true,
    billed: 'unknown',
    message: 'Google sent an answer of another shape than documented.',
    upstream,
    cause,
  });
}
