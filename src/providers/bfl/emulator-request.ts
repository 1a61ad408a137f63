/** Reads a submit against its route's rules; everything wrong with the fields is told at once (protocol notes §A3, §A4). */
import { isRecord } from '../shared/emulator-body.js';
import { randomSeed, readPictureHeader } from '../shared/emulator-picture.js';
import type { PictureHeader, PixelSize } from '../shared/emulator-picture.js';
import { invalid, refusal } from './emulator-errors.js';
import type { Problem } from './emulator-errors.js';
import { costOf, sizeOf } from './emulator-size.js';
import type { EmulatedRoute, FieldRule } from './emulator-routes.js';
import type { EditSources } from './emulator-sources.js';

export type Fields = Readonly<Record<string, unknown>>;

/** A request that the service would carry out. */
export interface FluxJob {
  readonly route: EmulatedRoute;
  readonly prompt: string;
  readonly size: PixelSize;
  readonly seed: number;
  readonly format: 'jpeg' | 'png' | 'webp';
  readonly transparent: boolean;
  readonly webhookUrl: string | undefined;
  readonly cost: number;
  readonly inputMegapixels: number;
  readonly outputMegapixels: number;
  /** What an edit starts from; undefined for what is drawn from words alone. */
  readonly sources: EditSources | undefined;
}

/** A picture of a request, and what its head tells. */
interface GivenPicture extends PictureHeader {
  /** Field that it came in. */
  readonly name: string;
  readonly bytes: Buffer;
}

const MAX_INPUT_BYTES = 20 * 1024 * 1024;
const MAX_INPUT_PIXELS = 20_000_000;
const FLUX3_MIN_EDGE = 256;
const FLUX3_MAX_PIXELS = 16_000_000;

export function readFields(body: unknown): Fields {
  if (isRecord(body)) return body;
  const msg = body === undefined ? 'JSON decode error' : 'Input should be a valid dictionary';
  throw invalid([{ loc: ['body'], msg, type: body === undefined ? 'json_invalid' : 'dict_type' }]);
}

/** The prompt before anything is judged: it may script an outcome. */
export function promptOf(fields: Fields): string {
  return typeof fields['prompt'] === 'string' ? fields['prompt'] : '';
}

export function readJob(fields: Fields, route: EmulatedRoute): FluxJob {
  const problems = problemsOf(fields, route);
  if (problems.length > 0) throw invalid(problems);
  const pictures = readPictures(fields, route);
  const inputs = pictures.filter(({ name }) => name !== 'mask');
  const size = sizeOf(fields, route, inputs);
  const { output_format: format, seed, webhook_url: webhookUrl } = fields;
  const megapixels = (sizes: readonly PixelSize[]) =>
    sizes.reduce((sum, { width, height }) => sum + (width * height) / 1_000_000, 0);
  return {
    route,
    prompt: promptOf(fields),
    size,
    seed: typeof seed === 'number' ? seed : randomSeed(),
    format: format === 'jpeg' || format === 'png' || format === 'webp' ? format : route.defaultFormat,
    transparent: fields['transparent_bg'] === true,
    webhookUrl: typeof webhookUrl === 'string' ? webhookUrl : undefined,
    cost: costOf(fields, route, size, inputs),
    inputMegapixels: megapixels(inputs),
    outputMegapixels: megapixels([size]),
    sources: sourcesOf(pictures),
  };
}

function problemsOf(fields: Fields, route: EmulatedRoute): Problem[] {
  const problems: Problem[] = [];
  for (const name of route.required) {
    if (fields[name] === undefined)
      problems.push({ loc: ['body', name], msg: 'Field required', type: 'missing' });
  }
  const hasAny = ['prompt', 'image_prompt', 'image'].some(
    (name) => (fields[name] ?? undefined) !== undefined,
  );
  if (route.required.length === 0 && !hasAny) {
    problems.push({ loc: ['body', 'prompt'], msg: 'Field required', type: 'missing' });
  }
  for (const [name, value] of Object.entries(fields)) {
    const rule = route.fields[name];
    const loc = ['body', name];
    if (rule === undefined) {
      const type = 'extra_forbidden';
      if (route.strict) problems.push({ loc, msg: 'Extra inputs are not permitted', type });
    } else if (value !== null || route.required.includes(name)) {
      const problem = problemOf(value, rule, route);
      if (problem !== undefined) problems.push({ loc, ...problem });
    }
  }
  const url = fields['webhook_url'];
  if (typeof url === 'string' && (!/^https?:\/\/./.test(url) || url.length > 2083)) {
    problems.push({ loc: ['body', 'webhook_url'], msg: 'Input should be a valid URL', type: 'url_parsing' });
  }
  const tolerance = fields['safety_tolerance'];
  // The schema allows 6; the documentation says that pictures bring the limit down to 2.
  if (route.sizing === 'megapixel-ratio' && given(fields, 'input_image') && Number(tolerance ?? 0) > 2) {
    const msg = 'Input should be less than or equal to 2';
    problems.push({ loc: ['body', 'safety_tolerance'], msg, type: 'less_than_equal' });
  }
  return problems;
}

type Complaint = Pick<Problem, 'msg' | 'type'> | undefined;

function problemOf(value: unknown, rule: FieldRule, route: EmulatedRoute): Complaint {
  switch (rule.kind) {
    case 'text':
      return typeof value === 'string' ? undefined : wrongType('string');
    case 'bool':
      return typeof value === 'boolean' ? undefined : wrongType('boolean');
    case 'image':
      return imageProblem(value, route);
    case 'images': {
      const list: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (list.length > rule.max) {
        return { msg: `List should have at most ${rule.max} items after validation`, type: 'too_long' };
      }
      return list.map((item) => imageProblem(item, route)).find((problem) => problem !== undefined);
    }
    case 'ratio':
      return ratioProblem(value);
    case 'word': {
      const words = rule.words.map((word) => `'${word}'`).join(', ');
      const known = typeof value === 'string' && rule.words.includes(value);
      return known ? undefined : { msg: `Input should be ${words}`, type: 'enum' };
    }
    case 'edge':
      if (value === 0) return undefined;
      return numberProblem(value, { ...rule, max: Infinity }, true);
    case 'int':
      return numberProblem(value, rule, true);
    case 'number':
      return numberProblem(value, rule, false);
  }
}

function numberProblem(
  value: unknown,
  rule: { readonly min: number; readonly max: number; readonly multipleOf?: number },
  whole: boolean,
): Complaint {
  if (typeof value !== 'number' || (whole && !Number.isInteger(value))) {
    return wrongType(whole ? 'integer' : 'number');
  }
  if (value < rule.min) {
    return { msg: `Input should be greater than or equal to ${rule.min}`, type: 'greater_than_equal' };
  }
  if (value > rule.max) {
    return { msg: `Input should be less than or equal to ${rule.max}`, type: 'less_than_equal' };
  }
  const step = rule.multipleOf;
  if (step === undefined || value % step === 0) return undefined;
  return { msg: `Input should be a multiple of ${step}`, type: 'multiple_of' };
}

function ratioProblem(value: unknown): Complaint {
  const match = /^(\d{1,4}):(\d{1,4})$/.exec(typeof value === 'string' ? value : '');
  const ratio = Number(match?.[1]) / Number(match?.[2]);
  // NaN, of what is no ratio, fails the comparison too.
  if (ratio >= 9 / 21 && ratio <= 21 / 9) return undefined;
  return { msg: 'Value error, aspect ratio must be between 21:9 and 9:21', type: 'value_error' };
}

function imageProblem(value: unknown, route: EmulatedRoute): Complaint {
  if (typeof value !== 'string') return wrongType('string');
  if (/^https?:/.test(value) && route.urls) return undefined;
  const base64 = withoutPrefix(value);
  if (base64 !== '' && /^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  return { msg: 'Value error, invalid base64 image', type: 'value_error' };
}

function wrongType(name: 'string' | 'boolean' | 'integer' | 'number'): Complaint {
  const type = { string: 'string_type', boolean: 'bool_type', integer: 'int_type', number: 'float_type' };
  return { msg: `Input should be a valid ${name}`, type: type[name] };
}

/** Looks into the pictures, in the order in which they are numbered in prompts. */
function readPictures(fields: Fields, route: EmulatedRoute): readonly GivenPicture[] {
  const names = Object.entries(route.fields).flatMap(([name, rule]) =>
    rule.kind === 'image' || rule.kind === 'images' ? [name] : [],
  );
  const pictures = names.flatMap((name) =>
    [fields[name] ?? []].flat().map((value) => readPicture(name, value, route)),
  );
  const [first] = pictures;
  const mask = pictures.find(({ name }) => name === 'mask');
  if (mask !== undefined && (first?.width !== mask.width || first.height !== mask.height)) {
    throw refusal(422, 'The mask must have the same size as the image.');
  }
  return pictures;
}

/** An `image_prompt` inspires a picture and is not edited. */
function sourcesOf(pictures: readonly GivenPicture[]): EditSources | undefined {
  const sources = pictures.filter(({ name }) => name !== 'mask' && name !== 'image_prompt');
  const [first] = sources;
  if (first === undefined) return undefined;
  const whiteMask = pictures.find(({ name }) => name === 'mask')?.bytes;
  const ownMask = first.name === 'image' && first.hasAlpha && whiteMask === undefined;
  return {
    sources: sources.map(({ bytes }) => bytes),
    ...(ownMask ? { mask: first.bytes } : {}),
    ...(whiteMask === undefined ? {} : { whiteMask }),
  };
}

function readPicture(name: string, value: unknown, route: EmulatedRoute): GivenPicture {
  const address = typeof value === 'string' ? value : '';
  // An emulator fetches nothing.
  if (/^https?:/.test(address)) throw refusal(422, `Could not download the image: ${address.slice(0, 100)}`);
  const bytes = Buffer.from(withoutPrefix(address), 'base64');
  const header = readPictureHeader(bytes);
  if (header === undefined) throw refusal(400, 'Invalid image: it could not be decoded.');
  const pixels = header.width * header.height;
  const flux3 = route.sizing === 'tier';
  if (bytes.length > MAX_INPUT_BYTES || pixels > (flux3 ? FLUX3_MAX_PIXELS : MAX_INPUT_PIXELS)) {
    throw refusal(422, 'The image is too large.');
  }
  if (flux3 && Math.min(header.width, header.height) < FLUX3_MIN_EDGE) {
    throw refusal(422, `Images must have at least ${FLUX3_MIN_EDGE}x${FLUX3_MIN_EDGE} pixels.`);
  }
  return { ...header, name, bytes };
}

function withoutPrefix(text: string): string {
  return text.replace(/^data:[^,]{0,100};base64,/, '');
}

function given(fields: Fields, name: string): boolean {
  return (fields[name] ?? undefined) !== undefined;
}
