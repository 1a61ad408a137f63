/** Judges the fields of an image request as the service would (protocol notes §3, §4, §5). */
import type { PixelSize } from '../shared/emulator-picture.js';
import {
  invalidValue,
  missingParameter,
  modelNotFound,
  notOneOf,
  notOneOfOld,
  outOfRange,
  promptTooLong,
  refusal,
  unknownParameter,
  wrongType,
} from './emulator-errors.js';
import { findEmulatedModel } from './emulator-models.js';
import type { EmulatedModel } from './emulator-models.js';
import { readSize } from './emulator-size.js';

export type RequestForm = 'generation' | 'edit-form' | 'edit-json';

/** A request that the service would carry out, with every `auto` resolved. */
export interface ImageJob {
  readonly model: EmulatedModel;
  readonly edit: boolean;
  readonly prompt: string;
  readonly count: number;
  readonly size: PixelSize;
  readonly autoSize: boolean;
  readonly quality: string;
  readonly transparent: boolean;
  readonly format: 'png' | 'jpeg' | 'webp';
  readonly compression: number | undefined;
  readonly responseFormat: 'url' | 'b64_json';
  readonly stream: boolean;
  readonly partialImages: number;
  /** Pictures of an edit; empty for generations. */
  readonly sources: readonly Buffer[];
  readonly mask: Buffer | undefined;
}

/** What an edit starts from, looked at and found good. */
export interface JobPictures {
  readonly sources: readonly Buffer[];
  readonly mask: Buffer | undefined;
  /** Pixels of the first source. */
  readonly shape: PixelSize | undefined;
}

export type Fields = Readonly<Record<string, unknown>>;

const COMMON = ['prompt', 'model', 'n', 'size', 'quality', 'user'];
const GPT_ONLY = ['background', 'output_format', 'output_compression', 'stream', 'partial_images'];
const EXTENDED = ['complexity', 'frame_count', 'frame_duration_ms'];

/** Fields of a body by model and form; anything else is an unknown parameter, also what another model would take. */
function knownFields(model: EmulatedModel, form: RequestForm): readonly string[] {
  const dallE = ['response_format', ...(model.kind === 'dall-e-3' ? ['style'] : [])];
  const own = model.kind === 'gpt' ? GPT_ONLY : dallE;
  switch (form) {
    case 'generation':
      return [
        ...COMMON,
        ...own,
        ...(model.kind === 'gpt' ? ['moderation'] : []),
        ...(model.extended ? [...EXTENDED, 'svg'] : []),
      ];
    case 'edit-form':
      // The schema of form bodies has no `moderation` and none of 2.6's fields (protocol notes §5).
      return [
        ...COMMON,
        ...own,
        'image',
        'image[]',
        'mask',
        ...(model.kind === 'gpt' ? ['input_fidelity'] : []),
      ];
    case 'edit-json':
      return [
        ...COMMON,
        ...own,
        'moderation',
        'images',
        'mask',
        'input_fidelity',
        // The name of the markup overlay is not certain; taken without a look at it.
        ...(model.extended ? [...EXTENDED, 'markup'] : []),
      ];
  }
}

/**
 * The model of a request. Generations have to name it: whether the documented default dall-e-2 survived its retirement
 * is not known. Edits as forms keep the documented default.
 */
export function readModel(fields: Fields, form: RequestForm): EmulatedModel {
  const named = fields['model'] ?? (form === 'generation' ? undefined : 'gpt-image-1.5');
  if (named === undefined) throw missingParameter('model');
  if (typeof named !== 'string') throw wrongType('model', 'a string', named);
  const model = findEmulatedModel(named);
  if (model === undefined) throw modelNotFound(named);
  if (form !== 'generation' && !model.edits) {
    throw invalidValue('model', `Invalid value: '${named}'. Value must be 'dall-e-2' or a GPT image model.`);
  }
  if (form === 'edit-json' && model.kind !== 'gpt') {
    throw invalidValue(
      'model',
      `Invalid value: '${named}'. JSON bodies are only supported for GPT image models.`,
    );
  }
  return model;
}

/** Refuses fields that the model doesn't know, then the prompt; the service judges the prompt before the size. */
export function readPrompt(fields: Fields, model: EmulatedModel, form: RequestForm): string {
  const known = knownFields(model, form);
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) throw unknownParameter(name);
  }
  const prompt = fields['prompt'];
  if (prompt === undefined || prompt === null) throw missingParameter('prompt');
  if (typeof prompt !== 'string') throw wrongType('prompt', 'a string', prompt);
  if (prompt === '') {
    throw refusal(400, {
      message:
        "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead.",
      param: 'prompt',
      code: 'empty_string',
    });
  }
  const chars = Array.from(prompt).length;
  if (chars > model.promptMaxChars) throw promptTooLong(model.promptMaxChars, chars);
  return prompt;
}

/** Everything after the prompt. */
export function readJob(
  fields: Fields,
  model: EmulatedModel,
  prompt: string,
  form: RequestForm,
  pictures: JobPictures,
): ImageJob {
  const size = readSize(readText(fields, 'size'), model, pictures.shape);
  const quality = readQuality(fields, model);
  const count = readInteger(fields, 'n', { min: 1, max: 10 }) ?? 1;
  if (count > model.maxImages) throw invalidValue('n', 'You must provide n=1 for this model.');
  const { format, compression, transparent } = readPictureForm(fields, model);
  const { stream, partialImages } = readStreaming(fields);
  readWord(fields, 'moderation', ['auto', 'low']);
  readWord(fields, 'style', ['vivid', 'natural']);
  readWord(fields, 'complexity', ['low', 'medium', 'high']);
  readWord(fields, 'input_fidelity', model.fidelities);
  readText(fields, 'user');
  for (const name of ['frame_count', 'frame_duration_ms', 'svg']) {
    if (fields[name] !== undefined)
      throw invalidValue(name, `'${name}' is only supported with its own output format.`);
  }
  return {
    model,
    edit: form !== 'generation',
    prompt,
    count,
    size: size.pixels,
    autoSize: size.auto,
    quality,
    transparent,
    format,
    compression,
    responseFormat:
      readWord(fields, 'response_format', ['url', 'b64_json']) === 'b64_json' ? 'b64_json' : 'url',
    stream,
    partialImages,
    sources: pictures.sources,
    mask: pictures.mask,
  };
}

function readQuality(fields: Fields, model: EmulatedModel): string {
  const quality = readText(fields, 'quality') ?? 'auto';
  if (quality === 'auto') return model.autoQuality;
  if (model.qualities.includes(quality)) return quality;
  if (model.kind !== 'gpt') throw notOneOfOld('quality', quality, model.qualities);
  throw notOneOf('quality', quality, [...model.qualities, 'auto'], true);
}

function readPictureForm(
  fields: Fields,
  model: EmulatedModel,
): Pick<ImageJob, 'format' | 'compression' | 'transparent'> {
  const animated = model.extended ? ['gif', 'svg'] : [];
  const format = readWord(fields, 'output_format', ['png', 'jpeg', 'webp', ...animated]) ?? 'png';
  const background = readWord(fields, 'background', ['transparent', 'opaque', 'auto']) ?? 'auto';
  const compression = readInteger(fields, 'output_compression', { min: 0, max: 100 });
  // Preview formats need access that the emulated organisation doesn't have; their wire shapes are not certain.
  if (format !== 'png' && format !== 'jpeg' && format !== 'webp') {
    throw invalidValue(
      'output_format',
      `Output format '${format}' is not enabled for your organization.`,
      true,
    );
  }
  if (background === 'transparent' && format === 'jpeg') {
    throw invalidValue('background', 'Transparent background is not supported for JPEG output format.', true);
  }
  if (format === 'png' && compression !== undefined && compression < 100) {
    throw invalidValue(
      'output_compression',
      'Compression less than 100 is not supported for PNG output format.',
      true,
    );
  }
  return { format, compression, transparent: background === 'transparent' };
}

function readStreaming(fields: Fields): Pick<ImageJob, 'stream' | 'partialImages'> {
  const stream = fields['stream'] ?? false;
  if (typeof stream !== 'boolean') throw wrongType('stream', 'a boolean', stream);
  const partialImages = readInteger(fields, 'partial_images', { min: 0, max: 3 }) ?? 0;
  if (partialImages > 0 && !stream) {
    throw invalidValue('partial_images', "'partial_images' is only supported when 'stream' is true.");
  }
  return { stream, partialImages };
}

/** Null stands for an absent field everywhere (protocol notes §3). */
function readText(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value !== undefined && typeof value !== 'string') throw wrongType(name, 'a string', value);
  return value;
}

function readWord(fields: Fields, name: string, allowed: readonly string[]): string | undefined {
  const value = readText(fields, name);
  if (value !== undefined && !allowed.includes(value)) throw notOneOf(name, value, allowed);
  return value;
}

function readInteger(fields: Fields, name: string, bounds: { min: number; max: number }): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'an integer', value);
  if (value < bounds.min || value > bounds.max) throw outOfRange(name, value, bounds);
  return value;
}
