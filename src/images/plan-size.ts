import {
  chooseByRatio,
  chooseNativeSize,
  describeSizeRule,
  formatSize,
  isNativeSize,
  listedSizes,
  nearestListedSize,
  ratioDistance,
  RATIO_TOLERANCE,
  sameSize,
} from '../catalogue/size-rules.js';
import { AppError } from '../errors.js';
import type { ModelEntry, NativeSize, Resolution, Size } from '../providers/model.js';
import type { Adjustment } from '../providers/provider.js';
import type { ImageRequest } from './request.js';
import { MAX_EDGE, SIZE_BOUNDS } from './request-values.js';

/** What is sent for size, and what must become of the delivered pixels. */
export interface SizePlan {
  readonly native: NativeSize | undefined;
  readonly size: Size | undefined;
  readonly ratio: number | undefined;
  readonly adjustments: readonly Adjustment[];
}

const RESOLUTION_PIXELS: Readonly<Record<Resolution, number>> = {
  '512': 512 ** 2,
  '1K': 1024 ** 2,
  '2K': 2048 ** 2,
  '4K': 4096 ** 2,
};

/** An area off by more than this factor is not the asked resolution. */
const RESOLUTION_TOLERANCE = 1.5;

/**
 * Decides the size to send. Any size is delivered in exact pixels under `adapt`; under `strict` only what the model
 * renders itself.
 * @throws AppError unsupported_size (enlargement beyond the limit, or not native under strict), invalid_request when
 *   size, ratio and resolution contradict each other
 */
export function planSize(
  request: ImageRequest,
  entry: ModelEntry,
  priceOf: (size: NativeSize) => number,
): SizePlan {
  const [first] = request.inputs;
  if (request.mask !== undefined && first !== undefined) return planMasked(request, first, entry, priceOf);
  if (request.size !== undefined) return planExact(request, request.size, entry, priceOf);
  if (request.aspectRatio !== undefined || request.resolution !== undefined)
    return planShape(request, entry, priceOf);
  const native =
    first !== undefined && entry.edit?.unsized === 'input'
      ? chooseByRatio(entry.params.size, first.width / first.height, first.width * first.height, priceOf)
      : undefined;
  return { native, size: undefined, ratio: undefined, adjustments: [] };
}

/**
 * A masked edit has the shape of its source, and its size unless another one is asked: everything outside the mask is the
 * source's.
 */
function planMasked(
  request: ImageRequest,
  source: Size,
  entry: ModelEntry,
  priceOf: (size: NativeSize) => number,
): SizePlan {
  const ratio = source.width / source.height;
  const { aspectRatio, resolution } = request;
  if (request.size !== undefined) {
    const { width, height } = request.size;
    const rounding = 1 / Math.min(width, height);
    if (ratioDistance(width / height, ratio) > MASK_RATIO_TOLERANCE + rounding) {
      throw otherShape('size', formatSize(request.size), source, request.size);
    }
  }
  if (
    aspectRatio !== undefined &&
    ratioDistance(aspectRatio.width / aspectRatio.height, ratio) > RATIO_TOLERANCE
  ) {
    throw otherShape('aspect_ratio', `${aspectRatio.width}:${aspectRatio.height}`, source, source);
  }
  const factor =
    resolution === undefined ? 1 : Math.sqrt(RESOLUTION_PIXELS[resolution] / (source.width * source.height));
  const target = request.size ?? {
    width: Math.max(1, Math.round(source.width * factor)),
    height: Math.max(1, Math.round(source.height * factor)),
  };
  return planExact({ ...request, aspectRatio: undefined, resolution: undefined }, target, entry, priceOf);
}

/** Sizes are whole pixels, so that a reduced source never has exactly its own ratio. */
const MASK_RATIO_TOLERANCE = 0.01;

function otherShape(param: string, asked: string, source: Size, near: Size): AppError {
  const nearest = formatSize({
    width: near.width,
    height: Math.max(1, Math.round((near.width * source.height) / source.width)),
  });
  return new AppError('invalid_request', {
    message:
      `With a mask the result has the shape of its source, ${formatSize(source)}; \`${param}\` ${asked} has another. ` +
      `Leave it out, or send \`size\` ${nearest}.`,
    param,
    facts: { nearest },
  });
}

function planExact(
  request: ImageRequest,
  size: Size,
  entry: ModelEntry,
  priceOf: (size: NativeSize) => number,
): SizePlan {
  refuseContradictions(request, size);
  const rule = entry.params.size;
  const choice = chooseNativeSize(rule, size, priceOf);
  const beyond = Math.max(size.width, size.height) > MAX_EDGE && !isNativeSize(rule, size);
  if (choice === undefined || beyond || (request.adapt === 'strict' && !sameSize(choice.native, size))) {
    throw unsupportedSize(entry, size);
  }
  if (sameSize(choice.native, size))
    return { native: choice.native, size, ratio: undefined, adjustments: [] };
  const asked = formatSize(size);
  const sent = formatSize(choice.native);
  const cropped = choice.crop > 0.0005 ? 'cropped and ' : '';
  const resized = choice.scale > 1 ? 'enlarged' : 'reduced';
  return {
    native: choice.native,
    size,
    ratio: undefined,
    adjustments: [
      {
        param: 'size',
        asked,
        sent,
        delivered: asked,
        reason: `${entry.slug} does not render ${asked}; rendered at ${sent}, then ${cropped}${resized} to the exact size`,
        ...(choice.scale > 1 ? { scale: Math.round(choice.scale * 1000) / 1000 } : {}),
      },
    ],
  };
}

function planShape(
  request: ImageRequest,
  entry: ModelEntry,
  priceOf: (size: NativeSize) => number,
): SizePlan {
  const { aspectRatio, resolution } = request;
  const rule = entry.params.size;
  const shape = aspectRatio ?? request.inputs[0] ?? { width: 1, height: 1 };
  const ratio = shape.width / shape.height;
  const pixels = RESOLUTION_PIXELS[resolution ?? '1K'];
  const native = chooseByRatio(rule, ratio, pixels, priceOf);
  if (native === undefined) throw unsupportedSize(entry, { width: 1024, height: 1024 });
  const adjustments: Adjustment[] = [];
  const area = native.width * native.height;
  if (resolution !== undefined && Math.max(area / pixels, pixels / area) > RESOLUTION_TOLERANCE) {
    if (request.adapt === 'strict') {
      throw new AppError('unsupported_parameter', {
        message: `${entry.slug} does not render at ${resolution}.`,
        param: 'resolution',
        facts: { allowed: resolutionsOf(entry) },
      });
    }
    adjustments.push({
      param: 'resolution',
      asked: resolution,
      sent: formatSize(native),
      reason: `${entry.slug} does not render at ${resolution}; this is its nearest size`,
    });
  }
  const off = ratioDistance(native.width / native.height, ratio);
  if (aspectRatio === undefined || off <= RATIO_TOLERANCE) {
    return { native, size: undefined, ratio: undefined, adjustments };
  }
  const asked = `${aspectRatio.width}:${aspectRatio.height}`;
  if (request.adapt === 'strict') {
    throw new AppError('unsupported_parameter', {
      message: `${entry.slug} does not render ${asked}.`,
      param: 'aspect_ratio',
      facts: { allowed: ratiosOf(entry) },
    });
  }
  adjustments.push({
    param: 'aspect_ratio',
    asked,
    sent: formatSize(native),
    delivered: asked,
    reason: `${entry.slug} does not render ${asked}; cropped from ${formatSize(native)}`,
  });
  return { native, size: undefined, ratio, adjustments };
}

function refuseContradictions(request: ImageRequest, size: Size): void {
  const { aspectRatio, resolution } = request;
  if (
    aspectRatio !== undefined &&
    ratioDistance(size.width / size.height, aspectRatio.width / aspectRatio.height) > RATIO_TOLERANCE
  ) {
    throw new AppError('invalid_request', {
      message: `\`size\` ${formatSize(size)} and \`aspect_ratio\` ${aspectRatio.width}:${aspectRatio.height} disagree. Send one of them.`,
      param: 'aspect_ratio',
    });
  }
  if (resolution === undefined) return;
  const factor = (size.width * size.height) / RESOLUTION_PIXELS[resolution];
  if (factor > 2 || factor < 0.5) {
    throw new AppError('invalid_request', {
      message: `\`size\` ${formatSize(size)} and \`resolution\` ${resolution} disagree. Send one of them.`,
      param: 'resolution',
    });
  }
}

function unsupportedSize(entry: ModelEntry, size: Size): AppError {
  const rule = entry.params.size;
  const allowed = listedSizes(rule).map(formatSize);
  const nearest = nearestListedSize(rule, size);
  const beyond = Math.max(size.width, size.height) > MAX_EDGE;
  const inWords = beyond ? SIZE_BOUNDS : describeSizeRule(rule);
  return new AppError('unsupported_size', {
    message:
      `${entry.slug} can't deliver ${formatSize(size)}.` +
      (nearest === undefined ? '' : ` The nearest size is ${formatSize(nearest)}.`) +
      (inWords === undefined ? ` Allowed: ${allowed.join(', ')}.` : ` Its rule: ${inWords}.`),
    param: 'size',
    facts: {
      allowed,
      ...(inWords === undefined ? {} : { rule: inWords }),
      ...(nearest === undefined ? {} : { nearest: formatSize(nearest) }),
    },
  });
}

/** Resolutions that some listed size of the model has. */
export function resolutionsOf(entry: ModelEntry): readonly Resolution[] {
  const areas = listedSizes(entry.params.size).map((size) => size.width * size.height);
  const near = (pixels: number) =>
    areas.some((area) => Math.max(area / pixels, pixels / area) <= RESOLUTION_TOLERANCE);
  return (['512', '1K', '2K', '4K'] as const).filter((name) => near(RESOLUTION_PIXELS[name]));
}

/** Ratios of the model's listed sizes in their usual names. */
export function ratiosOf(entry: ModelEntry): readonly string[] {
  return [...new Set(listedSizes(entry.params.size).map(ratioName))];
}

const USUAL_RATIOS = [
  '1:1',
  '5:4',
  '4:5',
  '4:3',
  '3:4',
  '3:2',
  '2:3',
  '16:10',
  '10:16',
  '16:9',
  '9:16',
  '7:4',
  '4:7',
  '2:1',
  '1:2',
  '21:9',
  '9:21',
  '5:2',
  '2:5',
  '3:1',
  '1:3',
  '4:1',
  '1:4',
  '8:1',
  '1:8',
] as const;

const NAMED_RATIOS = USUAL_RATIOS.map((name) => {
  const [width = 1, height = 1] = name.split(':').map(Number);
  return { name, value: width / height };
});

/** `16:9` and the like: the provider's own word, else the nearest usual name. */
export function ratioName(size: NativeSize): string {
  const own = size.native?.['aspectRatio'];
  if (own !== undefined) return own;
  const ratio = size.width / size.height;
  let [nearest, least] = ['1:1', Infinity];
  for (const { name, value } of NAMED_RATIOS) {
    const distance = ratioDistance(value, ratio);
    if (distance < least) [nearest, least] = [name, distance];
  }
  return nearest;
}
