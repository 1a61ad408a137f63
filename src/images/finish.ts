import { formatSize, ratioDistance, sameSize } from '../catalogue/size-rules.js';
import type { SignedOriginal } from '../files/kept-image.js';
import type { PictureStore } from '../files/picture-store.js';
import { compositeMasked } from '../pixels/composite.js';
import { finishPicture, type FinishedPicture, type FinishPlan } from '../pixels/finish.js';
import type { MaskPlane } from '../pixels/mask.js';
import { PictureError, type PixelLimits } from '../pixels/sharp-runtime.js';
import type { XmpFacts } from '../pixels/xmp.js';
import { markLosslessly } from '../provenance/mark-losslessly.js';
import { readProvenance } from '../provenance/read-provenance.js';
import type { OutputFormat, Size } from '../providers/model.js';
import { ProviderError, type Adjustment, type Picture, type StoredImage } from '../providers/provider.js';
import type { ImageOrigin } from './image-origin.js';
import type { Candidate } from './plan-types.js';
import { readSourceMask } from './prepare-inputs.js';

/** A picture ready to be delivered: the provider's own bytes wherever nothing had to be done. */
export interface FinishedImage {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly picture: Picture;
  /** Pixels as the provider delivered them; what is billed depends on them. */
  readonly received: Size;
  readonly adjustments: readonly Adjustment[];
  readonly origin: ImageOrigin;
}

/** What finishing follows beside the plan. */
export interface FinishRules extends PixelLimits {
  /** What the picture says of itself if it is written to. */
  readonly facts: XmpFacts;
  /** The workspace wants pictures that say nothing of their origin to be marked. */
  readonly markUnlabelled: boolean;
}

const FORMATS: Readonly<Record<Picture['mimeType'], OutputFormat | undefined>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': undefined,
};

/** Small differences of a model's own doing; within them a ratio counts as met. */
const RATIO_SLACK = 0.03;

/**
 * Brings a stored picture to what the plan promised and reports what had to be done beyond the plan.
 * @throws ProviderError bad_response when the bytes are no whole picture
 */
export async function finishImage(
  stored: StoredImage,
  candidate: Candidate,
  pictures: PictureStore,
  rules: FinishRules,
): Promise<FinishedImage> {
  const { picture } = stored;
  if (picture?.complete !== true)
    throw broken('The provider delivered something that is not a whole picture.');
  const adjustments = reportSurprise(picture, candidate);
  const { finish } = candidate;
  const target = targetSize(picture, candidate);
  // What lies outside a mask is the source's to the last bit, which only a lossless format can promise.
  const masked = candidate.mask !== undefined;
  const format = finish.format ?? (masked ? 'png' : (FORMATS[picture.mimeType] ?? 'png'));
  const compressed = compressesHere(candidate);
  if (!masked && sameSize(target, picture) && FORMATS[picture.mimeType] === format && !compressed) {
    const kept = await passOn({ ...stored, picture }, pictures, rules);
    return { ...kept, received: picture, adjustments };
  }
  if (picture.width * picture.height > rules.maxPixels) {
    throw broken(
      `The provider delivered a picture of ${formatSize(picture)}, more than this gateway decodes.`,
    );
  }
  const original = picture.c2pa ? originalOf(stored, picture) : undefined;
  const plan = {
    width: target.width,
    height: target.height,
    format,
    quality: finish.compression,
    xmp: { ...rules.facts, original },
  };
  const finished = await remake(stored, candidate, plan, pictures, rules);
  const kept = await pictures.storeBuffer(finished.bytes);
  if (kept.picture?.complete !== true) throw new Error('our own encoder made no whole picture');
  return {
    sha256: kept.sha256,
    sizeBytes: kept.sizeBytes,
    picture: kept.picture,
    received: picture,
    adjustments,
    origin: { ...originOf(rules), treatment: 'converted', original },
  };
}

/** The provider's picture as it is; with a note of its origin where the workspace wants one and the bytes have none. */
async function passOn(
  stored: StoredImage & { readonly picture: Picture },
  pictures: PictureStore,
  rules: FinishRules,
): Promise<Pick<FinishedImage, 'sha256' | 'sizeBytes' | 'picture' | 'origin'>> {
  const { sha256, sizeBytes, picture } = stored;
  const untouched = { sha256, sizeBytes, picture, origin: originOf(rules) };
  if (!rules.markUnlabelled || picture.c2pa) return untouched;
  const bytes = await pictures.readBuffer(sha256);
  if (readProvenance(bytes).xmp?.digitalSourceType !== undefined) return untouched;
  const marked = markLosslessly(bytes, rules.facts);
  if (marked === undefined) return untouched;
  const kept = await pictures.storeBuffer(marked);
  if (kept.picture?.complete !== true) throw new Error('marking leaves a whole picture');
  return {
    sha256: kept.sha256,
    sizeBytes: kept.sizeBytes,
    picture: kept.picture,
    origin: { ...untouched.origin, treatment: 'marked' },
  };
}

function originOf({ facts }: FinishRules): ImageOrigin {
  return {
    treatment: 'untouched',
    sourceType: facts.digitalSourceType,
    recipeHash: facts.recipeHash,
    original: undefined,
  };
}

function originalOf({ sha256, sizeBytes }: StoredImage, picture: Picture): SignedOriginal {
  const { mimeType, width, height } = picture;
  return { sha256, sizeBytes, mimeType, width, height };
}

/** New pixels: laid onto the source where there is a mask, cut and scaled in any case. */
async function remake(
  stored: StoredImage,
  candidate: Candidate,
  plan: Pick<FinishPlan, 'width' | 'height' | 'format' | 'quality' | 'xmp'>,
  pictures: PictureStore,
  limits: PixelLimits,
): Promise<FinishedPicture> {
  const result = await pictures.readBuffer(stored.sha256);
  const masked = await readMasked(candidate, pictures, limits);
  const work =
    masked === undefined
      ? finishPicture(result, { ...plan, fit: 'crop', flattenOn: undefined }, limits)
      : compositeMasked({ ...plan, ...masked, result }, limits);
  return work.catch((error: unknown) => {
    if (!(error instanceof PictureError)) throw error;
    throw broken('The provider delivered a picture that can not be decoded.', error);
  });
}

async function readMasked(
  { mask, inputs }: Candidate,
  pictures: PictureStore,
  limits: PixelLimits,
): Promise<{ mask: MaskPlane; source: Buffer } | undefined> {
  const [first] = inputs;
  if (mask === undefined || first === undefined) return undefined;
  return {
    mask: await readSourceMask(mask, first.source, pictures, limits),
    source: await pictures.readBuffer(first.source.sha256),
  };
}

/** Other pixels or another format than the plan counted on: mended below where promised, and told in any case. */
function reportSurprise(picture: Picture, candidate: Candidate): Adjustment[] {
  return [...reportPixels(picture, candidate), ...reportFormat(picture, candidate)];
}

function reportFormat(picture: Picture, candidate: Candidate): Adjustment[] {
  const { finish, adjustments } = candidate;
  const delivered = FORMATS[picture.mimeType] ?? picture.mimeType.slice('image/'.length);
  const planned = adjustments.some((adjustment) => adjustment.param === 'output_format');
  if (finish.format === undefined || finish.format === delivered || planned || compressesHere(candidate))
    return [];
  return [
    {
      param: 'output_format',
      asked: finish.format,
      delivered: finish.format,
      reason: `the provider delivered ${delivered}; converted by the gateway`,
    },
  ];
}

function reportPixels(picture: Picture, candidate: Candidate): Adjustment[] {
  const { nativeSize, finish } = candidate;
  if (nativeSize === undefined || sameSize(nativeSize, picture)) return [];
  const promised = finish.size;
  const scale =
    promised === undefined ? 1 : Math.max(promised.width / picture.width, promised.height / picture.height);
  return [
    {
      param: 'size',
      asked: formatSize(promised ?? nativeSize),
      sent: formatSize(nativeSize),
      delivered: formatSize(promised ?? picture),
      reason:
        `the provider delivered ${formatSize(picture)} instead` +
        (promised === undefined ? '' : '; brought to the promised size by the gateway'),
      ...(scale > 1 ? { scale: Math.round(scale * 1000) / 1000 } : {}),
    },
  ];
}

function targetSize(picture: Picture, candidate: Candidate): Size {
  const { size, ratio } = candidate.finish;
  if (size !== undefined) return size;
  const wanted = ratio ?? ratioOf(candidate);
  if (wanted === undefined || ratioDistance(picture.width / picture.height, wanted) <= RATIO_SLACK)
    return picture;
  return picture.width / picture.height > wanted
    ? { width: Math.max(1, Math.round(picture.height * wanted)), height: picture.height }
    : { width: picture.width, height: Math.max(1, Math.round(picture.width / wanted)) };
}

/** A shape that was asked for and sent natively is still owed when the provider ignored it. */
function ratioOf(candidate: Candidate): number | undefined {
  const { nativeSize } = candidate;
  return nativeSize === undefined ? undefined : nativeSize.width / nativeSize.height;
}

/** True when the provider was not asked to compress, so that it is left to us. */
function compressesHere({ finish, calls }: Candidate): boolean {
  return finish.compression !== undefined && calls[0]?.native.outputCompression === undefined;
}

function broken(message: string, cause?: unknown): ProviderError {
  return new ProviderError({ kind: 'bad_response', retryable: false, billed: 'unknown', message, cause });
}
