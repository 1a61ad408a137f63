/** Reads generations and edits by the dialect that was called (protocol notes §B2 to §B5, §B7). */
import { isRecord } from '../shared/emulator-body.js';
import type { FormPart } from '../shared/emulator-body.js';
import { randomSeed, readPictureHeader } from '../shared/emulator-picture.js';
import type { PictureHeader, PixelSize } from '../shared/emulator-picture.js';
import { invalidField, refusal } from './emulator-errors.js';
import { createReader, readEmbedded } from './emulator-fields.js';
import type { Fields, Reader } from './emulator-fields.js';
import type { Dialect, FormRoute, ResultForm } from './emulator-dialects.js';

/** A request that the server would carry out. */
export interface ImagesJob {
  readonly dialect: Dialect;
  readonly model: string | undefined;
  readonly prompt: string;
  readonly avoid: string;
  readonly count: number;
  readonly size: PixelSize;
  readonly seed: number;
  readonly format: 'png' | 'jpeg' | 'webp';
  readonly compression: number | undefined;
  readonly result: ResultForm;
  /** An edit's pictures; none when generating. */
  readonly sources: readonly Buffer[];
  /** A mask that the server heeds, as it was sent. */
  readonly mask: Buffer | undefined;
  readonly maskMeans: FormRoute['maskMeans'];
  /** What was told of how to draw, as far as the server understood it. */
  readonly understood: Understood;
}

export interface Understood {
  readonly steps: number | undefined;
  readonly guidance: number | undefined;
  readonly seed: number | undefined;
  readonly negative: boolean;
  readonly images: number;
  readonly mask: boolean;
}

const BLOCK = /<sd_cpp_extra_args>([\s\S]*?)<\/sd_cpp_extra_args>/;
const MAX_EDGE = 4096;

/** A generation's JSON. @param servedModel the only one that the server has, if it matters */
export function readGeneration(dialect: Dialect, fields: Fields, servedModel: string | undefined): ImagesJob {
  const reader = createReader(dialect, fields, false);
  const images = dialect.jsonImages.flatMap((name) => [fields[name] ?? []].flat());
  const sources = images.map((image) => readBareBase64(dialect, image));
  return readJob(reader, servedModel, undefined, sources, undefined);
}

/** An edit's form. */
export function readForm(
  dialect: Dialect,
  route: FormRoute,
  parts: readonly FormPart[],
  servedModel: string | undefined,
): ImagesJob {
  const texts = parts.flatMap((part) => (part.kind === 'text' ? [[part.name, part.value] as const] : []));
  const files = parts.filter((part) => part.kind === 'file');
  const reader = createReader(dialect, Object.fromEntries(texts), true);
  const images = files.filter((part) => route.imageFields.includes(part.name));
  const addresses = texts.filter(([name]) => route.urlFields.includes(name));
  // An emulator fetches nothing.
  if (addresses.length > 0) throw refusal(dialect, 400, 'Failed to download the image.');
  if (images.length === 0) throw missingImage(dialect, route);
  const sources = images.map((image) => readPicture(dialect, image.bytes));
  const mask = files.find((part) => part.name === route.maskField);
  if (mask === undefined && route.maskRequired && route.maskField !== undefined) {
    throw invalidField(dialect, route.maskField, { msg: 'Field required', type: 'missing' });
  }
  if (mask !== undefined) readPicture(dialect, mask.bytes);
  return readJob(reader, servedModel, route, sources, mask?.bytes);
}

function readJob(
  reader: Reader,
  servedModel: string | undefined,
  route: FormRoute | undefined,
  sources: readonly Source[],
  mask: Buffer | undefined,
): ImagesJob {
  const { dialect } = reader;
  const written = reader.text('prompt') ?? '';
  if (written === '') throw invalidField(dialect, 'prompt', { msg: 'Field required', type: 'missing' });
  const model = readModel(reader, servedModel);
  const extras = readExtras(reader, written, route);
  const { steps, guidance, seed, negative } = extras;
  return {
    dialect,
    model,
    prompt: extras.prompt,
    avoid: negative ?? '',
    count: readCount(reader),
    size: readSize(reader, route, sources[0]?.header),
    // Older versions of SGLang draw with a fixed seed; here every server's default is chance.
    seed: seed === undefined || seed < 0 ? randomSeed() : seed % 2 ** 31,
    format: readFormat(reader, route),
    compression: reader.integer('output_compression', { min: 0, max: 100 }),
    result: readResult(reader, route),
    sources: sources.map(({ bytes }) => bytes),
    mask,
    maskMeans: route?.maskMeans ?? 'white',
    understood: {
      steps,
      guidance,
      seed,
      negative: (negative ?? '').trim() !== '',
      images: sources.length,
      mask: mask !== undefined,
    },
  };
}

interface Extras {
  readonly prompt: string;
  readonly steps: number | undefined;
  readonly guidance: number | undefined;
  readonly seed: number | undefined;
  readonly negative: string | undefined;
}

function readExtras(reader: Reader, prompt: string, route: FormRoute | undefined): Extras {
  const { dialect } = reader;
  switch (dialect.extras) {
    case 'prompt-block': {
      const block = BLOCK.exec(prompt);
      const args = block === null ? {} : readEmbedded(block[1] ?? '');
      if (args === undefined) throw refusal(dialect, 400, 'invalid sd_cpp_extra_args');
      const sample = isRecord(args['sample_params']) ? args['sample_params'] : {};
      const guidance = isRecord(sample['guidance']) ? sample['guidance'] : {};
      return {
        prompt: prompt.replace(BLOCK, '').trim(),
        steps: numberOf(sample['sample_steps']),
        guidance: numberOf(guidance['distilled_guidance']) ?? numberOf(guidance['txt_cfg']),
        seed: numberOf(args['seed']),
        negative: typeof args['negative_prompt'] === 'string' ? args['negative_prompt'] : undefined,
      };
    }
    case 'kwargs': {
      const text = reader.text('kwargs');
      const kwargs = text === undefined ? {} : readEmbedded(text);
      if (kwargs === undefined) throw refusal(dialect, 400, 'Invalid kwargs: not a JSON object.');
      return { prompt, ...readNamed(createReader(dialect, kwargs, false), dialect.stepsNames) };
    }
    case 'steps-only': {
      // What not to draw follows a bar; seed and guidance are the model file's.
      const [positive = '', ...negative] = prompt.split('|');
      const names = route?.stepsNames ?? dialect.stepsNames;
      return {
        prompt: positive,
        steps: firstInteger(reader, names),
        guidance: undefined,
        seed: undefined,
        negative: negative.join('|'),
      };
    }
    case 'fields':
      return { prompt, ...readNamed(reader, dialect.stepsNames) };
  }
}

function readNamed(reader: Reader, stepsNames: readonly string[]): Omit<Extras, 'prompt'> {
  reader.number('true_cfg_scale', { min: 0, max: 20 });
  return {
    steps: firstInteger(reader, stepsNames),
    guidance: reader.number(reader.dialect.guidanceName, { min: 0, max: 20 }),
    seed: reader.integer('seed'),
    negative: reader.text('negative_prompt'),
  };
}

function firstInteger(reader: Reader, names: readonly string[]): number | undefined {
  return names.map((name) => reader.integer(name, { min: 1, max: 200 })).find((value) => value !== undefined);
}

function readModel(reader: Reader, servedModel: string | undefined): string | undefined {
  const { dialect } = reader;
  if (dialect.id === 'sd-server') return undefined;
  const model = reader.text('model');
  if (model === undefined && dialect.modelRequired) {
    throw invalidField(dialect, 'model', { msg: 'Field required', type: 'missing' });
  }
  if (model !== undefined && servedModel !== undefined && model !== servedModel) {
    const status = { text: 400, object: 500, detail: 400 }[dialect.errors];
    throw refusal(
      dialect,
      status,
      `Model mismatch: request specifies '${model}' but server has '${servedModel}'.`,
    );
  }
  return model;
}

function readCount(reader: Reader): number {
  const { maxCount, clampsCount } = reader.dialect;
  if (clampsCount) return Math.min(maxCount, Math.max(1, reader.integer('n') ?? 1));
  return reader.integer('n', { min: 1, max: maxCount }) ?? 1;
}

function readSize(reader: Reader, route: FormRoute | undefined, first: PictureHeader | undefined): PixelSize {
  const { dialect } = reader;
  const square = { width: dialect.defaultSize, height: dialect.defaultSize };
  if (route?.size === 'fixed') return square;
  const own =
    route !== undefined && first !== undefined ? { width: first.width, height: first.height } : square;
  const edges = dialect.id === 'sglang' && reader.text('size') === undefined;
  if (edges && route === undefined) {
    const bounds = { min: 1, max: MAX_EDGE };
    return {
      width: reader.integer('width', bounds) ?? own.width,
      height: reader.integer('height', bounds) ?? own.height,
    };
  }
  const size = reader.text('size');
  if (size === undefined || (size === 'auto' && route !== undefined)) return own;
  const match = /^(\d{1,4})x(\d{1,4})$/.exec(size);
  const pixels = { width: Number(match?.[1]), height: Number(match?.[2]) };
  const readable = [pixels.width, pixels.height].every((edge) => edge >= 1 && edge <= MAX_EDGE);
  if (readable) return pixels;
  if (dialect.ignoresBadSize) return own;
  throw refusal(
    dialect,
    400,
    `Invalid size format: '${size}'. Expected format: 'WIDTHxHEIGHT' (e.g., '1024x1024').`,
  );
}

function readFormat(reader: Reader, route: FormRoute | undefined): ImagesJob['format'] {
  const { dialect } = reader;
  const formats = route === undefined ? dialect.formats : route.formats;
  if (formats.length === 0) return dialect.format;
  const format = reader.text('output_format') ?? dialect.format;
  if (!formats.includes(format)) {
    // The text names two of the three formats.
    if (dialect.errors === 'text')
      throw refusal(dialect, 400, 'invalid output_format, must be one of [png, jpeg]');
    throw invalidField(dialect, 'output_format', {
      msg: `Input should be ${formats.map((word) => `'${word}'`).join(', ')}`,
      type: 'literal_error',
    });
  }
  return format === 'webp' || format === 'png' ? format : 'jpeg';
}

function readResult(reader: Reader, route: FormRoute | undefined): ResultForm {
  const { results } = reader.dialect;
  if (results === undefined) return 'base64';
  const asked = reader.text('response_format') ?? '';
  const result = results[asked];
  if (result === undefined) {
    const words = Object.keys(results).filter((word) => word !== '');
    throw invalidField(reader.dialect, 'response_format', {
      msg: `Input should be ${words.map((word) => `'${word}'`).join(' or ')}`,
      type: 'literal_error',
    });
  }
  return route?.result ?? result;
}

interface Source {
  readonly bytes: Buffer;
  readonly header: PictureHeader;
}

/** Bare base64: a data URI fails, as it does at the server. */
function readBareBase64(dialect: Dialect, value: unknown): Source {
  const text = typeof value === 'string' ? value : '';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    throw refusal(dialect, 500, 'failed decoding base64: illegal base64 data at input byte 4');
  }
  return readPicture(dialect, Buffer.from(text, 'base64'));
}

function readPicture(dialect: Dialect, bytes: Buffer): Source {
  const header = readPictureHeader(bytes);
  if (header !== undefined) return { bytes, header };
  if (dialect.errors === 'text') throw refusal(dialect, 400, 'invalid params');
  throw refusal(dialect, dialect.errors === 'object' ? 500 : 400, 'The image could not be decoded.');
}

function missingImage(dialect: Dialect, route: FormRoute): Error {
  if (dialect.id === 'sd-server') return refusal(dialect, 400, 'at least one image[] required');
  if (dialect.id === 'sglang') return refusal(dialect, 422, "Field 'image' or 'url' is required");
  return invalidField(dialect, route.imageFields[0] ?? 'image', { msg: 'Field required', type: 'missing' });
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
