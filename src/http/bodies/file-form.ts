import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { nearestName } from '../../catalogue/catalogue.js';
import { AppError } from '../../errors.js';
import type { PictureStore } from '../../files/picture-store.js';
import type { Picture } from '../../providers/provider.js';
import type { App } from '../context.js';
import { invalidFile, readExpiry } from './file-fields.js';
import { readParts } from './form-parts.js';

const MAX_FIELDS = 20;
const MAX_FIELD_BYTES = 4096;
/** Every type tells itself within its first bytes; an AVIF may name many brands before. */
const TELLING_BYTES = 4096;

/** What a form with a file holds. */
export interface FileForm {
  /** Bytes that are in the store: one whole picture. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly picture: Picture;
  /** As it was sent. */
  readonly filename: string | undefined;
  /** Unchecked. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface FileFormLimits {
  /** Of the file. */
  readonly maxBytes: number;
  readonly maxPixels: number;
  /** Asked with every chunk. @throws AppError storage_quota_exceeded */
  readonly requireRoom: (sizeBytes: number) => void;
}

/** Lets the routes of a scope read forms with `readFileForm`. */
export async function acceptFileForms(scope: App): Promise<void> {
  await scope.register(multipart, {
    limits: {
      files: 1,
      fields: MAX_FIELDS,
      fieldSize: MAX_FIELD_BYTES,
      fieldNameSize: 200,
      // Counted here, and refused in our own words.
      fileSize: Number.MAX_SAFE_INTEGER,
      parts: MAX_FIELDS + 1,
    },
    throwFileSizeLimit: false,
  });
}

/**
 * Reads a form with one file, which goes to the store while it arrives: never more than a few pieces of it are in memory.
 * The fields may stand before or behind it.
 * @throws AppError invalid_request, invalid_file, payload_too_large, storage_quota_exceeded
 */
export async function readFileForm(
  request: FastifyRequest,
  pictures: PictureStore,
  limits: FileFormLimits,
): Promise<FileForm> {
  const fields: Record<string, unknown> = {};
  let file: Omit<FileForm, 'fields'> | undefined;
  try {
    for await (const part of readParts(request)) {
      if (part.type === 'file') {
        if (part.fieldname !== 'file') throw unknownField(part.fieldname);
        file = await storeFile(part, pictures, limits);
      } else {
        addField(fields, part.fieldname, part.value);
      }
    }
  } catch (error) {
    // Nobody parses the rest; unread it would hold the connection, and with it a server that stops.
    request.raw.unpipe();
    request.raw.resume();
    throw formProblem(error);
  }
  if (file === undefined) {
    throw new AppError('invalid_request', {
      message: '`file` is required: the picture, as a file of the form.',
      param: 'file',
    });
  }
  return { ...file, fields };
}

async function storeFile(
  part: MultipartFile,
  pictures: PictureStore,
  { maxBytes, maxPixels, requireRoom }: FileFormLimits,
): Promise<Omit<FileForm, 'fields'>> {
  const sink = pictures.openUpload(({ sizeBytes, isPicture }) => {
    if (sizeBytes >= TELLING_BYTES && !isPicture) throw invalidFile('its bytes are no picture');
    if (sizeBytes > maxBytes) {
      throw new AppError('payload_too_large', {
        message: `\`file\` has more than ${maxBytes} bytes, the most that this gateway stores as one file.`,
        param: 'file',
        facts: { nearest: maxBytes },
      });
    }
    requireRoom(sizeBytes);
  });
  try {
    for await (const chunk of part.file) {
      if (Buffer.isBuffer(chunk)) await sink.write(chunk);
    }
    const picture = sink.measured();
    requireWhole(picture, maxPixels);
    const { sha256, sizeBytes } = await sink.finish();
    return { sha256, sizeBytes, picture, filename: part.filename === '' ? undefined : part.filename };
  } catch (error) {
    await sink.discard();
    // The rest of the body has to be read away, or the answer never reaches the client.
    part.file.resume();
    throw error;
  }
}

function requireWhole(picture: Picture | undefined, maxPixels: number): asserts picture is Picture {
  if (picture === undefined) throw invalidFile('its bytes are no picture');
  const { complete, width, height } = picture;
  if (!complete) throw invalidFile('the picture is cut off or broken');
  if (width * height > maxPixels) {
    throw invalidFile(`the picture has ${width}x${height} pixels; at most ${maxPixels} are taken`);
  }
}

/** `expires_after` comes as JSON text or, as OpenAI's clients send it, as `expires_after[anchor]` and `expires_after[seconds]`. */
function addField(fields: Record<string, unknown>, name: string, value: unknown): void {
  const text = typeof value === 'string' ? value : '';
  const member = /^expires_after\[(\w+)\]$/.exec(name)?.[1];
  const key = member === undefined ? name : 'expires_after';
  if (!KNOWN.includes(key) || key === 'file') throw unknownField(name);
  if (member === undefined) {
    if (Object.hasOwn(fields, key)) throw sentTwice(name);
    fields[key] = key === 'expires_after' ? readExpiry(text) : text;
    return;
  }
  const known = fields[key] ?? {};
  if (typeof known !== 'object' || Object.hasOwn(known, member)) throw sentTwice(name);
  fields[key] = { ...known, [member]: /^\d{1,15}$/.test(text) ? Number(text) : text };
}

const KNOWN: readonly string[] = ['file', 'purpose', 'expires_after', 'filename'];

function sentTwice(name: string): AppError {
  return new AppError('invalid_request', { message: `\`${name}\` was sent twice.`, param: name });
}

function unknownField(name: string): AppError {
  const nearest = nearestName(name, KNOWN);
  const shown = name.slice(0, 100);
  return new AppError('unknown_parameter', {
    message: `Unknown parameter: \`${shown}\`.${nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`}`,
    param: shown,
    facts: { allowed: [...KNOWN], ...(nearest === undefined ? {} : { nearest }) },
  });
}

function formProblem(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'FST_FILES_LIMIT') {
    return new AppError('invalid_request', {
      message: 'Send one file at a time.',
      param: 'file',
      cause: error,
    });
  }
  if (code === 'FST_PARTS_LIMIT' || code === 'FST_FIELDS_LIMIT') {
    return new AppError('payload_too_large', {
      message: `The form has too many fields; known are ${[...KNOWN].join(', ')}.`,
      cause: error,
    });
  }
  // The parser's own errors have no code; those of the store have one, and are ours.
  if (code !== '' && !code.startsWith('FST_')) return error;
  return new AppError('invalid_request', { message: 'The form can not be read.', cause: error });
}
