import type { Readable } from 'node:stream';
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../errors.js';
import type { InputIntake } from '../../images/intake.js';
import type { StoredImage } from '../../providers/provider.js';
import { PICTURE_KEY, type PictureDecision } from '../../providers/shared/json-pictures-options.js';
import { JsonPicturesError, readJsonWithPictures } from '../../providers/shared/json-pictures.js';
import { callerWith } from '../auth.js';
import type { App } from '../context.js';
import { readParts } from './form-parts.js';
import { toFieldValue } from './form-values.js';

/** Most pictures of one body, the mask included: one more than any model takes. */
const MAX_PICTURES = 17;
const MAX_FIELDS = 100;
const MAX_FIELD_BYTES = 1024 * 1024;
/** Bound on a JSON body without its pictures. */
const MAX_REST_BYTES = 2 * 1024 * 1024;

/**
 * Lets the routes of a scope take bodies with pictures, as JSON or as a form. Pictures go to the store while they arrive; a
 * caller without the right to make pictures is refused before the first byte is read.
 */
export async function acceptPictureBodies(
  scope: App,
  intake: InputIntake,
  maxBodyBytes: number,
): Promise<void> {
  scope.decorateRequest('pictureBody', null);
  scope.addHook('preParsing', (request, _reply, _payload, done) => {
    callerWith(request, 'generate');
    done();
  });
  await scope.register(multipart, {
    limits: {
      files: MAX_PICTURES,
      fields: MAX_FIELDS,
      fieldSize: MAX_FIELD_BYTES,
      fieldNameSize: 200,
      // The intake counts itself and answers with its own words.
      fileSize: Number.MAX_SAFE_INTEGER,
      parts: MAX_PICTURES + MAX_FIELDS,
    },
    throwFileSizeLimit: false,
  });
  scope.removeContentTypeParser(['application/json', 'text/plain']);
  scope.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) => {
    request.pictureBody = await readJson(payload, intake, maxBodyBytes);
    return {};
  });
  scope.addHook('preValidation', async (request) => {
    if (request.isMultipart()) request.pictureBody = await readForm(request, intake);
  });
}

async function readJson(payload: Readable, intake: InputIntake, maxBodyBytes: number) {
  try {
    const { value, pictures } = await readJsonWithPictures(limited(payload, maxBodyBytes), {
      isPicture,
      openSink: (path) => intake.openSink(paramOf(path)),
      maxRestBytes: MAX_REST_BYTES,
      maxPictures: MAX_PICTURES,
    });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new AppError('invalid_request', { message: 'The body must be a JSON object.' });
    }
    return { fields: Object.fromEntries(Object.entries(value)), stored: pictures };
  } catch (error) {
    if (!(error instanceof JsonPicturesError)) throw error;
    throw jsonProblem(error);
  }
}

function jsonProblem(error: JsonPicturesError): AppError {
  switch (error.reason) {
    case 'invalid_base64':
      return new AppError('invalid_image', { message: error.message, param: 'image', cause: error });
    case 'too_large':
      return new AppError('payload_too_large', { message: error.message, cause: error });
    case 'truncated':
    case 'too_deep':
    case 'invalid_json':
      return new AppError('invalid_json', { message: error.message, cause: error });
  }
}

type Path = readonly (string | number)[];

/** Where base64 may stand; everywhere else a string is a string. */
function isPicture(path: Path): PictureDecision {
  const [field, ...rest] = path;
  const inner = rest.filter((part) => typeof part === 'string');
  switch (field) {
    case 'image_base64':
    case 'mask_base64':
      return inner.length === 0;
    case 'image':
    case 'images':
    case 'mask':
      return inner[0] === 'b64_json' ? true : 'if_data_url';
    default:
      return false;
  }
}

function paramOf(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('');
}

async function* limited(payload: Readable, maxBytes: number): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  // Whoever stops early answers the caller over the same connection: it must outlive this loop.
  const chunks = payload.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    if (!Buffer.isBuffer(chunk)) continue;
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      throw new AppError('payload_too_large', {
        message: `The body has more than ${maxBytes} bytes. Send large pictures as multipart/form-data.`,
      });
    }
    yield chunk;
  }
}

/** Fields and files may come in any order; a field that comes twice is a list where it may be one. */
async function readForm(request: FastifyRequest, intake: InputIntake) {
  const stored: StoredImage[] = [];
  const pictures = new Map<string, unknown[]>();
  const fields: Record<string, unknown> = {};
  try {
    for await (const part of readParts(request)) {
      const name = part.fieldname.replace(/\[\d*\]$/, '');
      const isList = name !== part.fieldname || name === 'images';
      if (part.type === 'file' || isPictureName(name)) {
        const list = pictures.get(name) ?? [];
        const param = isList ? `${name}[${list.length}]` : name;
        const value =
          part.type === 'file'
            ? await storeFile(part, param, intake, stored)
            : readReference(param, textOf(part.value));
        pictures.set(name, [...list, value]);
        continue;
      }
      if (Object.hasOwn(fields, name)) {
        throw new AppError('invalid_request', { message: `\`${name}\` was sent twice.`, param: name });
      }
      fields[name] = toFieldValue(name, textOf(part.value));
    }
  } catch (error) {
    // Nobody parses the rest; unread it would hold the connection, and with it a server that stops.
    request.raw.unpipe();
    request.raw.resume();
    throw formProblem(error);
  }
  for (const [name, list] of pictures) fields[name] = list.length === 1 && name !== 'images' ? list[0] : list;
  return { fields, stored };
}

function isPictureName(name: string): boolean {
  return ['image', 'images', 'mask', 'image_base64', 'mask_base64'].includes(name);
}

async function storeFile(
  part: MultipartFile,
  param: string,
  intake: InputIntake,
  stored: StoredImage[],
): Promise<unknown> {
  const sink = intake.openSink(param);
  try {
    for await (const chunk of part.file) {
      if (Buffer.isBuffer(chunk)) await sink.write(chunk);
    }
    stored.push(await sink.finish());
  } catch (error) {
    await sink.discard();
    // The rest of the body has to be read away, or the answer never reaches the client.
    part.file.resume();
    throw error;
  }
  return { [PICTURE_KEY]: stored.length - 1 };
}

/** A form's text names a picture that is elsewhere; bytes come as files. */
function readReference(param: string, text: string): string {
  if (!/^data:/i.test(text) && !/_base64/.test(param)) return text;
  throw new AppError('invalid_request', {
    message: `\`${param}\`: in a form a picture is sent as a file; data URIs and base64 belong into JSON bodies.`,
    param,
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const LIMIT_CODES: Readonly<Record<string, string>> = {
  FST_PARTS_LIMIT: 'parts',
  FST_FILES_LIMIT: 'files',
  FST_FIELDS_LIMIT: 'fields',
};

function formProblem(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const limit = LIMIT_CODES[code];
  if (limit !== undefined) {
    return new AppError('payload_too_large', {
      message: `The form has too many ${limit}; at most ${MAX_PICTURES} pictures and ${MAX_FIELDS} fields are read.`,
      cause: error,
    });
  }
  return new AppError('invalid_request', { message: 'The form can not be read.', cause: error });
}
