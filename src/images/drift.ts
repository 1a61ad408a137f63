/** Where an answer of a provider is not what its protocol, or the call, promised: a sign that its API has changed. */
import { z } from 'zod';
import { formatSize } from '../catalogue/size-rules.js';
import type { DriftKind, ProviderError, StoredImage } from '../providers/provider.js';
import type { PlannedCall } from './plan-types.js';

/**
 * One difference. Fields that nobody knows are none: providers add them at any time, and nothing depends on them.
 * - shape: a field is missing that the protocol documents, or can't be read
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

/** What of an answer that could be read is not as documented; undefined for every other failure. */
export function driftOfFailure({ info }: ProviderError): Drift | undefined {
  if (info.kind !== 'bad_response' || !(info.cause instanceof z.ZodError)) return undefined;
  const fields = info.cause.issues.map(({ path, message }) => {
    const name = path.map(String).join('.');
    return `${name === '' ? 'the answer' : name}: ${message}`;
  });
  return { kind: 'shape', what: [...new Set(fields)].slice(0, MOST_FIELDS).join('; ') };
}
