import { z } from 'zod';
import { AppError } from '../errors.js';
import {
  BACKGROUNDS,
  QUALITIES,
  type Background,
  type OutputFormat,
  type Quality,
  type Resolution,
  type Size,
} from '../providers/model.js';
import type { JsonValue } from '../providers/provider.js';

/** Edges that can be asked of every model, in pixels; a model's own larger sizes can be asked too. */
const MIN_EDGE = 64;
export const MAX_EDGE = 4096;

/** No model has a longer edge. */
const LONGEST_NATIVE_EDGE = 16_384;
const MAX_IMAGES = 10;
const MAX_SEED = Number.MAX_SAFE_INTEGER;

/** The normalised, provider-neutral request: one type for both operations. undefined means: not asked. */
export interface ImageRequest {
  readonly operation: 'generate' | 'edit';
  readonly model: string;
  readonly prompt: string;
  readonly n: number;
  readonly size: Size | undefined;
  readonly aspectRatio: Size | undefined;
  readonly resolution: Resolution | undefined;
  readonly quality: Quality | undefined;
  readonly style: string | undefined;
  readonly background: Background | undefined;
  readonly outputFormat: OutputFormat | undefined;
  readonly outputCompression: number | undefined;
  readonly moderation: string | undefined;
  readonly personGeneration: string | undefined;
  readonly negativePrompt: string | undefined;
  readonly seed: number | undefined;
  readonly promptRevision: boolean | undefined;
  readonly inputFidelity: string | undefined;
  readonly complexity: string | undefined;
  readonly frameCount: number | undefined;
  readonly frameDurationMs: number | undefined;
  readonly adapt: 'adapt' | 'strict';
  readonly providerOptions: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
  readonly user: string | undefined;
}

/** How the caller wants the answer; none of it reaches a provider. */
export interface DeliveryWish {
  readonly responseFormat: 'url' | 'b64_json' | undefined;
  readonly dryRun: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

const text = (max: number) => z.string().max(max, `must have at most ${max} characters`);
const whole = (min: number, max: number) =>
  z
    .number('must be a number')
    .int('must be a whole number')
    .min(min, `must be from ${min} to ${max}`)
    .max(max, `must be from ${min} to ${max}`);
const jsonObject = z.record(z.string(), z.json());

/**
 * The body of `POST /v1/images/generations`, as callers write it. OpenAI's fields first; ours follow. `null` counts as
 * absent.
 */
export const generationBodySchema = z
  .strictObject({
    model: text(200).min(1, 'must not be empty').describe('Slug or alias of a model, see GET /v1/models.'),
    prompt: text(200_000).regex(/\S/, 'must not be empty').describe('What to draw.'),
    n: whole(1, MAX_IMAGES).describe('Number of images, 1 to 10.'),
    size: text(40).describe('`WIDTHxHEIGHT` in pixels, edges 64 to 4096, or `auto`.'),
    aspect_ratio: text(20).describe('`W:H`, for example `16:9`, or `auto`.'),
    resolution: text(10).describe('`512`, `1K`, `2K` or `4K`: the edge of the square of the same area.'),
    image_size: text(10).describe('Another name of `resolution`.'),
    quality: z.enum([...QUALITIES, 'auto']).describe('low < standard = medium < high = hd < xhigh < max.'),
    style: text(100).describe('For models with named styles, e.g. `vivid` or `natural`.'),
    background: z.enum(BACKGROUNDS),
    output_format: z
      .enum(['png', 'jpeg', 'webp', 'avif', 'gif', 'svg'])
      .describe('Omitted: the bytes as delivered.'),
    output_compression: whole(0, 100).describe('Quality of lossy formats, 0 to 100.'),
    moderation: text(40).describe('`auto` or `low`, where the model has it.'),
    person_generation: text(40).describe(
      '`dont_allow`, `allow_adult` or `allow_all`, where the model has it.',
    ),
    negative_prompt: text(20_000).describe('What the picture should not show.'),
    seed: whole(0, MAX_SEED).describe('Same seed, same start; 0 is a seed.'),
    prompt_revision: z
      .union([z.boolean(), z.literal('preview')])
      .describe('false: use the prompt as it stands.'),
    input_fidelity: text(20),
    complexity: text(20),
    frame_count: whole(2, 16),
    frame_duration_ms: whole(20, 655_350),
    svg: jsonObject,
    response_format: z.enum(['url', 'b64_json']),
    persist: z.boolean(),
    stream: z.boolean(),
    partial_images: whole(0, 3),
    adapt: z
      .enum(['adapt', 'strict'])
      .describe('strict: refuse what the model cannot do natively instead of adapting.'),
    fallback: z.union([z.boolean(), z.array(text(200)).max(10)]),
    provider_options: z
      .record(z.string(), jsonObject)
      .describe('Options of one provider only, under its id: {"openai": {…}}.'),
    metadata: z
      .record(text(64), text(512))
      .describe('Up to 16 pairs of your own, given back with the generation.'),
    user: text(512).describe('A stable id of your end user.'),
    dry_run: z.boolean().describe('true: answer with the plan and its price, run nothing.'),
  })
  .partial()
  .required({ model: true, prompt: true });

export type GenerationBody = z.output<typeof generationBodySchema>;

/**
 * Normalises a validated body.
 * @throws AppError invalid_request, unsupported_size or unsupported_parameter naming the field and what would be right
 */
export function normaliseGenerationBody(given: GenerationBody): {
  request: ImageRequest;
  delivery: DeliveryWish;
} {
  refuseUnbuilt(given);
  return {
    request: {
      operation: 'generate',
      model: given.model,
      prompt: given.prompt,
      n: given.n ?? 1,
      size: parseSize(given.size),
      aspectRatio: parseAspectRatio(given.aspect_ratio),
      resolution: parseResolution(given),
      quality: given.quality === 'auto' ? undefined : given.quality,
      style: given.style,
      background: given.background === 'auto' ? undefined : given.background,
      outputFormat: parseOutputFormat(given),
      outputCompression: given.output_compression,
      moderation: given.moderation === 'auto' ? undefined : given.moderation,
      personGeneration: given.person_generation,
      negativePrompt: given.negative_prompt?.trim() === '' ? undefined : given.negative_prompt?.trim(),
      seed: given.seed,
      promptRevision: given.prompt_revision === 'preview' ? undefined : given.prompt_revision,
      inputFidelity: given.input_fidelity,
      complexity: given.complexity,
      frameCount: given.frame_count,
      frameDurationMs: given.frame_duration_ms,
      adapt: given.adapt ?? 'adapt',
      providerOptions: given.provider_options ?? {},
      user: given.user,
    },
    delivery: {
      responseFormat: given.response_format,
      dryRun: given.dry_run ?? false,
      metadata: parseMetadata(given.metadata),
    },
  };
}

/** Fields of the contract that this version can't honour are refused, never dropped. */
function refuseUnbuilt(given: GenerationBody): void {
  const refuse = (param: string, message: string) =>
    new AppError('unsupported_parameter', { message, param });
  if (given.stream === true) {
    throw refuse('stream', 'Streaming is not available in this version. Leave `stream` out or send false.');
  }
  if (given.persist === true) {
    throw refuse(
      'persist',
      'Keeping pictures is not available in this version. Download the picture within its hour.',
    );
  }
  if (given.fallback === true || Array.isArray(given.fallback)) {
    throw refuse(
      'fallback',
      'Fallback models are not available in this version. Leave `fallback` out or send false.',
    );
  }
  if (given.prompt_revision === 'preview') {
    throw refuse(
      'prompt_revision',
      'Previewing a revision is not available in this version. Allowed: true, false.',
    );
  }
  if (given.svg !== undefined) {
    throw refuse('svg', 'SVG output is not supported; pictures are delivered as png, jpeg, webp or avif.');
  }
}

function parseOutputFormat(given: GenerationBody): OutputFormat | undefined {
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

function parseAspectRatio(given: string | undefined): Size | undefined {
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

function parseResolution(given: GenerationBody): Resolution | undefined {
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

function parseMetadata(
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
