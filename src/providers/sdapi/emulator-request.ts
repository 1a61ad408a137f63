/** Reads generations and edits as the emulated servers do (protocol notes §B6). */
import { isRecord } from '../shared/emulator-body.js';
import { randomSeed, readPictureHeader } from '../shared/emulator-picture.js';
import type { PixelSize } from '../shared/emulator-picture.js';
import { invalidField, refusal } from './emulator-errors.js';
import type { Fork } from './emulator-forks.js';

type Fields = Readonly<Record<string, unknown>>;

/** Samplers that all of the servers have. */
export const SAMPLERS = ['Euler', 'Euler a', 'DPM++ 2M', 'Heun', 'DDIM'] as const;
export const SCHEDULERS = ['Automatic', 'Simple', 'Karras', 'Normal', 'Beta'] as const;

/** A request that the server would carry out. */
export interface SdapiJob {
  readonly prompt: string;
  readonly avoid: string;
  readonly count: number;
  readonly size: PixelSize;
  readonly seed: number;
  readonly steps: number;
  readonly sources: readonly Buffer[];
  /** White is repainted. */
  readonly mask: Buffer | undefined;
  readonly sendsImages: boolean;
}

const MAX_EDGE = 4096;
const MAX_BATCH = 8;

/** @param edits whether it is img2img */
export function readJob(fork: Fork, fields: Fields, edits: boolean): SdapiJob {
  const read = readerOf(fork, fields);
  for (const name of fork.lacks) {
    // What it doesn't know it drops without a word, so that a client must not rely on it.
    if (fields[name] !== undefined && name === 'n_iter' && fields[name] !== 1)
      throw refusal(fork, 400, 'invalid params');
  }
  const sampler = read.text('sampler_name');
  if (sampler !== undefined && !SAMPLERS.some((known) => known.toLowerCase() === sampler.toLowerCase())) {
    throw refusal(fork, 404, 'Sampler not found');
  }
  read.text('scheduler');
  read.number('cfg_scale', 0, 30);
  read.number('distilled_cfg_scale', 0, 100);
  read.record('override_settings');
  const prompt = read.text('prompt') ?? '';
  if (prompt === '' && fork.errors === 'text') throw refusal(fork, 400, 'prompt required');
  const sources = edits ? readSources(fork, fields) : [];
  const mask = edits && fields['mask'] !== undefined ? readPicture(fork, fields['mask']) : undefined;
  if (edits) {
    read.number('denoising_strength', 0, 1);
    read.integer('inpainting_fill', 0, 3);
    read.integer('mask_blur', 0, 256);
    read.integer('resize_mode', 0, 3);
  }
  const seed = read.integer('seed', -1, 2 ** 32 - 1) ?? -1;
  return {
    prompt,
    avoid: read.text('negative_prompt') ?? '',
    count: (read.integer('batch_size', 1, MAX_BATCH) ?? 1) * (read.integer('n_iter', 1, 100) ?? 1),
    size: {
      width: read.integer('width', 64, MAX_EDGE) ?? 512,
      height: read.integer('height', 64, MAX_EDGE) ?? 512,
    },
    seed: seed < 0 ? randomSeed() : seed,
    steps: read.integer('steps', 1, 150) ?? 50,
    sources,
    mask,
    sendsImages: fields['send_images'] !== false,
  };
}

function readSources(fork: Fork, fields: Fields): readonly Buffer[] {
  const list: readonly unknown[] = Array.isArray(fields['init_images']) ? fields['init_images'] : [];
  if (list.length === 0) throw refusal(fork, 404, 'Init image not found');
  const extra: readonly unknown[] = Array.isArray(fields['extra_images']) ? fields['extra_images'] : [];
  // Only sd-server takes references beside the picture to begin with.
  return [...list, ...(fork.fields.includes('extra_images') ? extra : [])].map((picture) =>
    readPicture(fork, picture),
  );
}

function readPicture(fork: Fork, value: unknown): Buffer {
  const text = typeof value === 'string' ? value.replace(/^data:image\/[a-z]+;base64,/, '') : '';
  const bytes = Buffer.from(text, 'base64');
  const wellFormed = /^[A-Za-z0-9+/]+={0,2}$/.test(text) && readPictureHeader(bytes) !== undefined;
  if (!wellFormed) throw refusal(fork, 500, 'Invalid encoded image');
  return bytes;
}

function readerOf(fork: Fork, fields: Fields) {
  const given = (name: string): unknown => fields[name] ?? undefined;
  const number = (name: string, min: number, max: number, whole: boolean): number | undefined => {
    const value = given(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || (whole && !Number.isInteger(value))) {
      throw invalidField(fork, name, `value is not a valid ${whole ? 'integer' : 'float'}`, `type_error`);
    }
    if (value < min || value > max) {
      throw invalidField(fork, name, `ensure this value is from ${min} to ${max}`, 'value_error.number');
    }
    return value;
  };
  return {
    text: (name: string): string | undefined => {
      const value = given(name);
      if (value === undefined || typeof value === 'string') return value;
      throw invalidField(fork, name, 'str type expected', 'type_error.str');
    },
    record: (name: string): void => {
      const value = given(name);
      if (value !== undefined && !isRecord(value)) {
        throw invalidField(fork, name, 'value is not a valid dict', 'type_error.dict');
      }
    },
    integer: (name: string, min: number, max: number) => number(name, min, max, true),
    number: (name: string, min: number, max: number) => number(name, min, max, false),
  };
}
