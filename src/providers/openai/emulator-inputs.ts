/** Input pictures and masks of edits, as forms and as JSON (protocol notes §5). */
import { isRecord } from '../shared/emulator-body.js';
import type { FormPart } from '../shared/emulator-body.js';
import { readPictureHeader } from '../shared/emulator-picture.js';
import type { PictureHeader } from '../shared/emulator-picture.js';
import {
  invalidPicture,
  invalidValue,
  missingParameter,
  refusal,
  unsupportedFile,
  wrongType,
} from './emulator-errors.js';
import type { EmulatedModel } from './emulator-models.js';
import type { Fields, JobPictures } from './emulator-request.js';

const MEGABYTE = 1024 * 1024;
const MAX_IMAGES = 16;
const MAX_URL_CHARS = 20_971_520;
const GPT_TYPES = ['image/jpeg', 'image/png', 'image/webp'];
const NUMBERS = ['n', 'output_compression', 'partial_images'];

/** A picture as it was sent, before anybody looked into it. */
export interface SentPicture {
  /** How errors call it. */
  readonly param: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
}

export interface EditBody {
  readonly fields: Fields;
  readonly images: readonly SentPicture[];
  readonly mask: SentPicture | undefined;
}

/** A form body: text parts become typed fields, file parts the pictures. */
export function readEditForm(parts: readonly FormPart[]): EditBody {
  const fields: Record<string, unknown> = {};
  for (const part of parts) {
    // Repeated plain parts are believed to be refused; the list form is `image[]`.
    if (fields[part.name] !== undefined && part.name !== 'image[]') throw duplicate(part.name);
    fields[part.name] = part.kind === 'file' ? part : readScalar(part.name, part.value);
  }
  const files = parts.filter((part) => part.kind === 'file');
  for (const name of ['image', 'image[]', 'mask']) {
    if (typeof fields[name] === 'string') throw wrongType(name, 'a file', fields[name]);
  }
  const images = files.filter((part) => part.name === 'image' || part.name === 'image[]');
  const single = images.length === 1 && images[0]?.name === 'image';
  return {
    fields,
    images: images.map((part, index) => ({ ...part, param: single ? 'image' : `image[${index}]` })),
    mask: files.filter((part) => part.name === 'mask').map((part) => ({ ...part, param: 'mask' }))[0],
  };
}

/** A JSON body. Pictures have to be data URLs: an emulator fetches nothing and keeps no files. */
export function readEditJson(body: Fields): EditBody {
  const { images, mask } = body;
  if (images === undefined) throw missingParameter('images');
  if (!Array.isArray(images)) throw wrongType('images', 'an array', images);
  const list: readonly unknown[] = images;
  return {
    fields: body,
    images: list.map((image, index) => readReference(image, `images[${index}]`)),
    mask: mask === undefined || mask === null ? undefined : readReference(mask, 'mask'),
  };
}

/** Looks into the pictures of an edit and refuses what the model doesn't take. */
export function checkPictures(model: EmulatedModel, body: EditBody): JobPictures {
  const { images, mask } = body;
  if (images.length === 0) throw missingParameter('image');
  if (images.length > (model.kind === 'gpt' ? MAX_IMAGES : 1)) {
    const max = model.kind === 'gpt' ? MAX_IMAGES : 1;
    throw refusal(400, {
      message: `Invalid 'image': array too long. Expected an array with maximum length ${max}, but got an array with length ${images.length} instead.`,
      param: 'image',
      code: 'array_above_max_length',
    });
  }
  const types = model.kind === 'gpt' ? GPT_TYPES : ['image/png'];
  const maxBytes = (model.kind === 'gpt' ? 50 : 4) * MEGABYTE;
  const headers = images.map((image) => checkPicture(image, types, maxBytes));
  const first = headers[0];
  if (model.kind !== 'gpt' && first !== undefined && first.width !== first.height) {
    throw invalidPicture('image', 'invalid_image', 'Uploaded image must be square.');
  }
  if (mask !== undefined && first !== undefined) checkMask(mask, first);
  return { sources: images.map(({ bytes }) => bytes), mask: mask?.bytes, shape: first };
}

function checkPicture(picture: SentPicture, types: readonly string[], maxBytes: number): PictureHeader {
  const { param, bytes } = picture;
  const mimeType = picture.mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!types.includes(mimeType === 'image/jpg' ? 'image/jpeg' : mimeType)) {
    throw unsupportedFile(param, mimeType, types);
  }
  if (bytes.length >= maxBytes) {
    throw invalidPicture(
      param,
      'image_too_large',
      `Invalid file '${param}': must be less than ${maxBytes / MEGABYTE} MB.`,
    );
  }
  const header = readPictureHeader(bytes);
  if (header === undefined) {
    throw invalidPicture(
      param,
      'invalid_image_file',
      'Invalid image file or mode, please check your image file.',
    );
  }
  return header;
}

/** The texts for masks that don't fit are not in the notes. */
function checkMask(mask: SentPicture, first: PictureHeader): void {
  const header = checkPicture(mask, ['image/png'], 4 * MEGABYTE);
  const code = 'invalid_mask_image_format';
  if (header.width !== first.width || header.height !== first.height) {
    throw invalidPicture('mask', code, 'Invalid mask image format - mask size does not match image size');
  }
  if (!header.hasAlpha) {
    throw invalidPicture('mask', code, 'Invalid mask image format - mask image missing alpha channel');
  }
}

function readReference(value: unknown, param: string): SentPicture {
  if (!isRecord(value)) throw wrongType(param, 'an object', value);
  const keys = Object.keys(value);
  const [key] = keys;
  if (keys.length !== 1 || (key !== 'image_url' && key !== 'file_id')) {
    throw invalidValue(
      param,
      `Invalid value for '${param}': exactly one of 'image_url' and 'file_id' must be given.`,
    );
  }
  const reference = value[key];
  const path = `${param}.${key}`;
  if (typeof reference !== 'string') throw wrongType(path, 'a string', reference);
  if (key === 'file_id') throw invalidValue(path, `File with ID '${reference}' not found.`);
  if (reference.length > MAX_URL_CHARS) throw invalidValue(path, `Invalid '${path}': string too long.`);
  const match = /^data:([^;,]*);base64,/.exec(reference);
  if (match === null) throw invalidValue(path, `Failed to download image from '${reference.slice(0, 100)}'.`);
  return { param, mimeType: match[1] ?? '', bytes: Buffer.from(reference.slice(match[0].length), 'base64') };
}

function readScalar(name: string, value: string): unknown {
  if (NUMBERS.includes(name) && /^-?\d{1,9}$/.test(value)) return Number(value);
  if (name === 'stream' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function duplicate(name: string): Error {
  return refusal(400, {
    message: `Duplicate parameter: '${name}'. You provided multiple values for this parameter, whereas only one is allowed. If you are trying to provide a list of values, use the array syntax instead e.g. '${name}[]=<value>'.`,
    param: name,
    code: 'duplicate_parameter',
  });
}
