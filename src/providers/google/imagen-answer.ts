/** Reads an answer of `:predict` (protocol notes §7). */
import { ProviderError } from '../provider.js';
import type { ProviderEvent, StoredImage } from '../provider.js';
import { cleanUpstreamText } from '../shared/upstream-error.js';
import { unexpectedShape } from './read-answer.js';
import type { ReadAnswer } from './read-answer.js';
import { namedCategories } from './support-codes.js';
import { predictResponse } from './wire.js';

/**
 * Yields facts and the pictures that passed the filter; the others are told as failed.
 * @throws ProviderError `moderated` when the filter left none, `no_image` when nothing explains why there is none
 */
export function* readImagen(read: ReadAnswer): Iterable<ProviderEvent> {
  const parsed = predictResponse.safeParse(read.value);
  if (!parsed.success) throw unexpectedShape(read.upstream, parsed.error);
  const predictions = parsed.data.predictions ?? [];
  const found = predictions.flatMap(({ bytesBase64Encoded, prompt }): Found[] => {
    const image = bytesBase64Encoded ? read.pictures[bytesBase64Encoded.$picture] : undefined;
    return image === undefined ? [] : [{ image, revisedPrompt: prompt ?? undefined }];
  });
  const reason = predictions.find(({ raiFilteredReason }) => typeof raiFilteredReason === 'string');
  yield { type: 'answered', requestId: read.upstream.requestId, reported: {} };
  // The reason is always asked for, so an answer that gives none was not filtered as far as anyone can tell.
  const failure = reason === undefined ? missing(read) : filtered(read, reason.raiFilteredReason ?? '');
  if (found.length === 0) throw failure;
  for (let index = 0; index < read.call.count; index++) {
    const picture = found[index];
    yield picture === undefined
      ? { type: 'image-failed', index, error: failure }
      : {
          type: 'image',
          index,
          image: { kind: 'stored', image: read.keeper.take(picture.image) },
          revisedPrompt: picture.revisedPrompt,
          seed: undefined,
        };
  }
}

interface Found {
  readonly image: StoredImage;
  readonly revisedPrompt: string | undefined;
}

/** Filtered pictures are not charged. */
function filtered(read: ReadAnswer, reason: string): ProviderError {
  const message = cleanUpstreamText(reason, read.secrets);
  return new ProviderError({
    kind: 'moderated',
    stage: 'output',
    retryable: false,
    billed: false,
    message: `Google's safety filter withheld the picture${namedCategories(message)}.`,
    upstream: { ...read.upstream, ...(message === '' ? {} : { message }) },
  });
}

function missing(read: ReadAnswer): ProviderError {
  return new ProviderError({
    kind: 'no_image',
    retryable: true,
    billed: 'unknown',
    message: 'Google answered without a picture.',
    upstream: read.upstream,
  });
}
