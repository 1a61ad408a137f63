import { AppError } from '../errors.js';
import type {
  Background,
  InputMimeType,
  OutputFormat,
  Quality,
  Resolution,
  Size,
} from '../providers/model.js';
import type { JsonValue } from '../providers/provider.js';
import { plainText } from '../prompts/compose-prompt.js';
import type { StructuredPrompt } from '../prompts/structured-prompt.js';
import type { UsedRecipe } from './recipes/used-recipe.js';
import type { GenerationBody, RecordedBody } from './request-body.js';
import {
  parseAspectRatio,
  parseMetadata,
  parseOutputFormat,
  parseResolution,
  parseSize,
} from './request-values.js';

/** The normalised, provider-neutral request: one type for both operations. undefined means: not asked. */
export interface ImageRequest {
  readonly operation: 'generate' | 'edit';
  readonly model: string;
  /** As text; one that was given in parts is worded for no model in particular. */
  readonly prompt: string;
  /** undefined for a prompt that was given as text: it is sent as it stands. */
  readonly promptParts: StructuredPrompt | undefined;
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
  /** Partial pictures for whoever watches. */
  readonly partialImages: number | undefined;
  readonly adapt: 'adapt' | 'strict';
  /** Models to try when it fails: the workspace's (true, or not said), none, or these. */
  readonly fallback: boolean | readonly string[] | undefined;
  readonly providerOptions: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
  readonly user: string | undefined;
  /** Pictures of an edit in the caller's order; empty when generating. */
  readonly inputs: readonly SourcePicture[];
  readonly mask: SourceMask | undefined;
}

/** A picture given to an edit: stored, upright, PNG, JPEG or WebP with 8-bit sRGB pixels. */
export interface SourcePicture {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mimeType: InputMimeType;
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  /** The picture of an earlier generation that it is. */
  readonly imageId: string | undefined;
  /** The file that it was given as. */
  readonly fileId: string | undefined;
  /** Bytes that the model that made it wants back with it. */
  readonly continuation: Continuation | undefined;
  /** What had to be done to it at the door, in plain words. */
  readonly changes: readonly string[];
}

export interface Continuation {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Slug of the model whose answer it came with; no other model understands it. */
  readonly model: string;
}

/** A mask as it was given: a PNG or WebP whose transparent pixels are to be repainted. */
export interface SourceMask {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly mimeType: InputMimeType;
  readonly width: number;
  readonly height: number;
  readonly fileId: string | undefined;
}

/** How the caller wants the answer; none of it reaches a provider. */
export interface DeliveryWish {
  readonly responseFormat: 'url' | 'b64_json' | undefined;
  /** Answer with the plan and run nothing. */
  readonly dryRun: boolean;
  /** Every picture becomes a file. */
  readonly persist: boolean;
  /** As server-sent events while it runs. */
  readonly stream: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  /** The saved recipe that the request came of; told in the receipt. */
  readonly recipe: UsedRecipe | undefined;
}

/** Their clients expect base64 when they don't say (they can't say: those models refuse the field upstream). */
const BASE64_BY_DEFAULT = ['gpt-image-', 'chatgpt-image-'];

/** Whether the pictures are answered as base64. @param model slug that was asked for */
export function wantsBase64(
  { responseFormat }: Pick<DeliveryWish, 'responseFormat'>,
  model: string,
): boolean {
  if (responseFormat !== undefined) return responseFormat === 'b64_json';
  return BASE64_BY_DEFAULT.some((start) => model.startsWith(start));
}

/**
 * Normalises a validated body.
 * @param edit the pictures of an edit; without it the request is to generate
 * @throws AppError invalid_request, unsupported_size or unsupported_parameter naming the field and what would be right
 */
export function normaliseGenerationBody(
  given: RecordedBody,
  edit?: { readonly inputs: readonly SourcePicture[]; readonly mask: SourceMask | undefined },
): {
  request: ImageRequest;
  delivery: DeliveryWish;
} {
  refuseUnbuilt(given);
  return {
    request: {
      operation: edit === undefined ? 'generate' : 'edit',
      model: given.model,
      prompt: typeof given.prompt === 'string' ? given.prompt : plainText(given.prompt),
      promptParts: typeof given.prompt === 'string' ? undefined : given.prompt,
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
      // A preview shows what a later call can pin.
      promptRevision: given.prompt_revision === 'preview' ? false : given.prompt_revision,
      inputFidelity: given.input_fidelity,
      complexity: given.complexity,
      frameCount: given.frame_count,
      frameDurationMs: given.frame_duration_ms,
      partialImages: given.partial_images,
      adapt: given.adapt ?? 'adapt',
      fallback: given.fallback,
      providerOptions: given.provider_options ?? {},
      user: given.user,
      inputs: edit?.inputs ?? [],
      mask: edit?.mask,
    },
    delivery: {
      responseFormat: given.response_format,
      dryRun: given.dry_run === true || given.prompt_revision === 'preview',
      persist: given.persist ?? false,
      stream: given.stream ?? false,
      metadata: parseMetadata(given.metadata),
      recipe: given.recipe,
    },
  };
}

/** Fields of the contract that this version can't honour are refused, never dropped. */
function refuseUnbuilt(given: GenerationBody): void {
  const refuse = (param: string, message: string) =>
    new AppError('unsupported_parameter', { message, param });
  if (given.svg !== undefined) {
    throw refuse('svg', 'SVG output is not supported; pictures are delivered as png, jpeg, webp or avif.');
  }
}
