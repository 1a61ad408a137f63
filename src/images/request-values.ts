import { AppError } from '../errors.js';
import type { OutputFormat, Resolution, Size } from '../providers/model.js';
import type { GenerationBody } from './request-body.js';

/** Edges that can be asked of every model, in pixels; a model's own larger sizes can be asked too. */
const MIN_EDGE = 64;
export const MAX_EDGE = 4096;

/** No model has a longer edge. */
const LONGEST_NATIVE_EDGE = 16_384;

/** Formats that can be delivered. @throws AppError unsupported_parameter */
export function parseOutputFormat(given: GenerationBody): OutputFormat | undefined {
  const format = given.output_format;
  if (format !== 'gif' && format !== 'svg') return format;
  throw new AppError('unsupported_parameter', {
    message: `\`output_format\` ${format} is not supported. Allowed: png, jpeg, webp, avif.`,
    param: 'output_format',
    facts: { allowed: ['png', 'jpeg', 'webp', 'avif'], nearest: format === 'gif' ? 'webp' : 'png' },
  });
}

/** `WxH`, or undefined for none and `auto`. */
export function parseSize(given: string | undefined): Size | undefined {
  if (given === undefined || given === 'auto') return undefined;
  const match = /^(\d{1,6})[x×*](\d{1,6})$/i.exec(given.trim());
  if (match === null) {
    throw new AppError('invalid_request', {
      message: '`size` must be `WIDTHxHEIGHT` in pixels, for example `1024x1024`, or `auto`.',
      param: 'size',
      facts: { allowed: ['1024x1024', '1792x1024', '1024x1792', '512x512', 'auto'], rule: SIZE_BOUNDS },
    });
  }
  const size = { width: Number(match[1]), height: Number(match[2]) };
  const bounded = { width: clampEdge(size.width), height: clampEdge(size.height) };
  if (
    Math.min(size.width, size.height) < MIN_EDGE ||
    Math.max(size.width, size.height) > LONGEST_NATIVE_EDGE
  ) {
    const nearest = `${bounded.width}x${bounded.height}`;
    throw new AppError('unsupported_size', {
      message: `\`size\` ${size.width}x${size.height} is out of bounds: ${SIZE_BOUNDS}. The nearest is ${nearest}.`,
      param: 'size',
      facts: {
        allowed: ['1024x1024', '1792x1024', '1024x1792', '512x512', 'auto'],
        rule: SIZE_BOUNDS,
        nearest,
      },
    });
  }
  return size;
}

/** For every model. */
export const SIZE_BOUNDS = `both edges from ${MIN_EDGE} to ${MAX_EDGE} pixels`;

function clampEdge(edge: number): number {
  return Math.min(MAX_EDGE, Math.max(MIN_EDGE, edge));
}

/** `W:H`, or undefined for none and `auto`. @throws AppError invalid_request */
export function parseAspectRatio(given: string | undefined): Size | undefined {
  if (given === undefined || given === 'auto') return undefined;
  const match = /^(\d{1,4}(?:\.\d{1,3})?)\s*[:/x]\s*(\d{1,4}(?:\.\d{1,3})?)$/.exec(given.trim());
  const ratio = { width: Number(match?.[1] ?? 0), height: Number(match?.[2] ?? 0) };
  if (
    ratio.width <= 0 ||
    ratio.height <= 0 ||
    Math.max(ratio.width / ratio.height, ratio.height / ratio.width) > 10
  ) {
    throw new AppError('invalid_request', {
      message: '`aspect_ratio` must be `W:H` from 1:10 to 10:1, for example `16:9`, or `auto`.',
      param: 'aspect_ratio',
      facts: { allowed: ['1:1', '3:2', '2:3', '4:3', '3:4', '16:9', '9:16', '21:9', 'auto'] },
    });
  }
  return ratio;
}

/** `resolution` or its other name. @throws AppError invalid_request */
export function parseResolution(given: GenerationBody): Resolution | undefined {
  const { resolution, image_size: imageSize } = given;
  if (
    resolution !== undefined &&
    imageSize !== undefined &&
    resolution.toUpperCase() !== imageSize.toUpperCase()
  ) {
    throw new AppError('invalid_request', {
      message: '`resolution` and `image_size` are two names of one field and disagree. Send one of them.',
      param: 'image_size',
    });
  }
  const param = resolution === undefined ? 'image_size' : 'resolution';
  switch ((resolution ?? imageSize)?.toUpperCase()) {
    case undefined:
    case 'AUTO':
      return undefined;
    case '512':
    case '0.5K':
      return '512';
    case '1K':
      return '1K';
    case '2K':
      return '2K';
    case '4K':
      return '4K';
    default:
      throw new AppError('invalid_request', {
        message: `\`${param}\` must be one of 512, 1K, 2K, 4K.`,
        param,
        facts: { allowed: ['512', '1K', '2K', '4K'] },
      });
  }
}

/** Up to 16 pairs. @throws AppError invalid_request */
export function parseMetadata(
  given: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  if (given === undefined) return {};
  if (Object.keys(given).length > 16) {
    throw new AppError('invalid_request', {
      message: '`metadata` holds at most 16 pairs.',
      param: 'metadata',
    });
  }
  return given;
}
