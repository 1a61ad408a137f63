/** Where an answer of a provider is not what its protocol, or the call, promised: a sign that its API has changed. */
import { z } from 'zod';
import { formatSize } from '../catalogue/size-rules.js';
import type { DriftKind, ProviderError, StoredImage } from '../providers/provider.js';
import { JsonPicturesError, type JsonPicturesReason } from '../providers/shared/json-pictures-error.js';
import type { PlannedCall } from './plan-types.js';

/**
 * One difference. Fields that nobody knows are none: providers add them at any time, and nothing depends on them.
 * - shape: a field is missing that the protocol documents, or the answer can't be read at all
 * - status: a word for the state of a task that nobody has documented
 * - content: what came as a picture is none
 * - size, format: the picture has other pixels, or another type, than the call asked of the provider
 */
export interface Drift {
  readonly kind: DriftKind;
  /** A sentence without secrets and without anything of the picture. */
  readonly what: string;
}

/** Fields of an answer that are told by name. */
const MOST_FIELDS = 5;

/** A body that came whole and is no answer. */
const UNREADABLE: Readonly<Record<JsonPicturesReason, string>> = {
  invalid_json: 'the answer is no JSON',
  invalid_base64: 'a picture is no base64',
  too_large: 'the answer is far larger than documented',
  too_deep: 'the answer is nested far deeper than documented',
  truncated: 'the answer ends before its end',
};

/** Where a picture differs from what its call asked. What the call left to the model can't differ. */
export function driftOfPicture({ native }: PlannedCall, { picture }: StoredImage): readonly Drift[] {
  if (picture === undefined) return [{ kind: 'content', what: 'what came as a picture is none' }];
  const { size, outputFormat } = native;
  const found: Drift[] = [];
  if (size !== undefined && (size.width !== picture.width || size.height !== picture.height)) {
    const what = `${formatSize(size)} was asked, ${formatSize(picture)} came`;
    found.push({ kind: 'size', what });
  }
  if (outputFormat !== undefined && picture.mimeType !== `image/${outputFormat}`) {
    found.push({ kind: 'format', what: `image/${outputFormat} was asked, ${picture.mimeType} came` });
  }
  return found;
}

/** What of an answer is not as documented; undefined for every other failure. */
export function driftOfFailure({ info }: ProviderError): Drift | undefined {
  const { cause, upstream } = info;
  if (cause instanceof JsonPicturesError) return { kind: 'shape', what: UNREADABLE[cause.reason] };
  if (info.kind !== 'bad_response') return undefined;
  const status = upstream?.status ?? 0;
  if (status >= 300 && status < 400) return { kind: 'shape', what: `a redirect came (${status})` };
  if (!(cause instanceof z.ZodError)) {
    // A good status, and no word of the provider's own that says what is wrong.
    const isOdd = status >= 200 && status < 300 && upstream?.code === undefined;
    return isOdd ? { kind: 'shape', what: 'the answer is not as documented' } : undefined;
  }
  const fields = cause.issues.map(({ path, message }) => {
    const name = path.map(String).join('.');
    return `${name === '' ? 'the answer' : name}: ${message}`;
  });
  return { kind: 'shape', what: [...new Set(fields)].slice(0, MOST_FIELDS).join('; ') };
}
