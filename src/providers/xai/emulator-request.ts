/**
 * Reads generations and edits in the service's observed order (protocol notes §3, §4, §8): types first, then the model,
 * the key, and last what the model doesn't support. Unknown fields are ignored, so that a typo still bills.
 */
import { isRecord } from '../shared/emulator-body.js';
import { readPictureHeader } from '../shared/emulator-picture.js';
import type { PixelSize } from '../shared/emulator-picture.js';
import { badField, invalidArgument, unknownVariant } from './emulator-errors.js';
import type { Style } from './emulator-errors.js';
import { RATIOS, WIDE_RATIOS, nearestRatio, pixelsOf } from './emulator-models.js';
import type { EmulatedModel, Resolution } from './emulator-models.js';

export type Fields = Readonly<Record<string, unknown>>;

/** Fields of the right types and with words that the schema has. */
export interface Typed {
  readonly model: string | undefined;
  readonly prompt: string;
  readonly count: number;
  readonly ratio: string;
  readonly resolution: Resolution;
  readonly quality: string;
  readonly base64: boolean;
  /** Undefined for generations, which take no notice of pictures. */
  readonly sources: readonly Fields[] | undefined;
  readonly unsupported: string | undefined;
}

/** A picture that an edit starts from. */
export interface SourcePicture extends PixelSize {
  readonly bytes: Buffer;
}

/** A request that the service would carry out. */
export interface GrokJob {
  readonly model: EmulatedModel;
  readonly prompt: string;
  readonly count: number;
  readonly size: PixelSize;
  readonly resolution: Resolution;
  readonly quality: 'low' | 'medium';
  readonly base64: boolean;
  readonly sources: readonly SourcePicture[];
}

const UNSUPPORTED = ['size', 'style'];
const MAX_COUNT = 10;
/** The real limit is not certain; clients stay below this one. */
const MAX_PROMPT_CHARS = 8_000;
const MAX_SOURCE_BYTES = 10 * 1024 * 1024;
const MIN_SOURCE_EDGE = 8;

export function readTyped(body: unknown, edit: boolean): Typed {
  if (!isRecord(body)) throw badField('invalid type, expected an object');
  const prompt = body['prompt'];
  if (prompt === undefined || prompt === null) throw badField('missing field `prompt`');
  if (typeof prompt !== 'string') throw badField('prompt: invalid type, expected a string');
  const count = body['n'] ?? 1;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) {
    throw badField('n: invalid type, expected u32');
  }
  for (const name of ['user', 'service_tier']) readText(body, name);
  const storage = body['storage_options'] ?? {};
  // Asking for storage is taken, but no stored file is emulated: its keys are not certain.
  if (!isRecord(storage)) throw badField('storage_options: invalid type, expected an object');
  return {
    model: readText(body, 'model'),
    prompt,
    count,
    ratio: readWord(body, 'aspect_ratio', RATIOS) ?? 'auto',
    resolution: readWord(body, 'resolution', ['1k', '2k']) === '2k' ? '2k' : '1k',
    // `high` is a word of the schema that 2.0 refuses later.
    quality: readWord(body, 'quality', ['low', 'medium', 'high', 'auto']) ?? 'auto',
    base64: readWord(body, 'response_format', ['url', 'b64_json']) === 'b64_json',
    sources: edit ? readSources(body) : undefined,
    unsupported: UNSUPPORTED.find((name) => (body[name] ?? undefined) !== undefined),
  };
}

/** Everything that depends on the model. */
export function readJob(typed: Typed, model: EmulatedModel, style: Style): GrokJob {
  const refuse = (text: string) => invalidArgument(style, text);
  if (typed.unsupported !== undefined) throw refuse(`Argument not supported: ${typed.unsupported}`);
  if (typed.prompt.trim() === '') throw refuse('Prompt cannot be empty');
  if (Array.from(typed.prompt).length > MAX_PROMPT_CHARS) throw refuse('Prompt is too long.');
  if (typed.count < 1 || typed.count > MAX_COUNT) throw refuse(`n must be between 1 and ${MAX_COUNT}`);
  if (model.second && typed.quality === 'high') throw refuse('Argument not supported: quality high');
  if (!model.second && WIDE_RATIOS.includes(typed.ratio)) {
    throw refuse(`Argument not supported: aspect_ratio ${typed.ratio}`);
  }
  const edit = typed.sources !== undefined;
  const sources = readPictures(typed.sources ?? [], model, edit, style);
  const automatic = edit ? 'medium' : 'low';
  const asked = typed.quality === 'low' || typed.quality === 'medium' ? typed.quality : automatic;
  const [first] = sources;
  // With one source the output follows it and the field is ignored. What several sources make of `auto` is not known.
  const follows = first !== undefined && (sources.length === 1 || typed.ratio === 'auto');
  const ratio = follows ? nearestRatio(first) : typed.ratio;
  return {
    model,
    prompt: typed.prompt,
    count: typed.count,
    size: pixelsOf(ratio, typed.resolution),
    resolution: typed.resolution,
    quality: model.fixedQuality ?? asked,
    base64: typed.base64,
    sources,
  };
}

function readSources(body: Fields): readonly Fields[] {
  const { image, images } = body;
  const list: readonly unknown[] = Array.isArray(images) ? images : [];
  if ((images ?? undefined) !== undefined && !Array.isArray(images)) {
    throw badField('images: invalid type, expected a sequence');
  }
  const sources = [...((image ?? undefined) === undefined ? [] : [image]), ...list];
  return sources.map((source) => {
    // A flat string is the common mistake.
    if (!isRecord(source)) throw badField('image: invalid type, expected struct ImageUrl');
    return { ...source, alone: source === image };
  });
}

function readPictures(
  sources: readonly Fields[],
  model: EmulatedModel,
  edit: boolean,
  style: Style,
): readonly SourcePicture[] {
  const refuse = (text: string) => invalidArgument(style, text);
  if (!edit) return [];
  if (sources.length === 0) throw refuse('Either image or images must be provided');
  if (sources.length > 1 && sources.some((source) => source['alone'] === true)) {
    throw refuse('Only one of image and images may be provided');
  }
  if (sources.length > model.maxSources) {
    throw refuse(`Too many images: at most ${model.maxSources} images are supported`);
  }
  return sources.map((source) => readPicture(source, style));
}

function readPicture(source: Fields, style: Style): SourcePicture {
  const refuse = (text: string) => invalidArgument(style, text);
  const given = ['url', 'image_url', 'file_id'].filter((name) => (source[name] ?? undefined) !== undefined);
  const [name] = given;
  const address = name === undefined ? undefined : source[name];
  if (given.length !== 1 || typeof address !== 'string') {
    throw refuse('Exactly one of url and file_id must be set on an image');
  }
  if (name === 'file_id') throw refuse(`File not found: ${address.slice(0, 100)}`);
  const match = /^data:[^,]*;base64,/.exec(address);
  // An emulator fetches nothing.
  if (match === null) throw refuse(`Failed to fetch image from URL: ${address.slice(0, 100)}`);
  const bytes = Buffer.from(address.slice(match[0].length), 'base64');
  if (bytes.length > MAX_SOURCE_BYTES) throw refuse('Image is too large: the maximum size is 10485760 bytes');
  // The type is read from the bytes; what the data URI says is not trusted.
  const header = readPictureHeader(bytes);
  if (header === undefined) throw refuse('Unsupported image format. Supported formats: JPEG, PNG, WebP');
  if (Math.min(header.width, header.height) < MIN_SOURCE_EDGE) {
    throw refuse('Image is too small: both sides must have at least 8 pixels');
  }
  return { width: header.width, height: header.height, bytes };
}

function readText(body: Fields, name: string): string | undefined {
  const value = body[name] ?? undefined;
  if (value !== undefined && typeof value !== 'string')
    throw badField(`${name}: invalid type, expected a string`);
  return value;
}

function readWord(body: Fields, name: string, allowed: readonly string[]): string | undefined {
  const value = readText(body, name);
  if (value !== undefined && !allowed.includes(value)) throw unknownVariant(name, value, allowed);
  return value;
}
