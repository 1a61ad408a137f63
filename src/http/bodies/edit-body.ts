import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { nearestName } from '../../catalogue/catalogue.js';
import { AppError } from '../../errors.js';
import type { GivenEdit, GivenInput, GivenPicture } from '../../images/intake.js';
import type { StoredImage } from '../../providers/provider.js';
import { PICTURE_KEY } from '../../providers/shared/json-pictures-options.js';
import { pictureRef } from '../../providers/shared/json-pictures.js';
import { describeProblem } from '../describe-problem.js';
import { callBodySchema, type CallBody } from './call-body.js';

/** A body that may hold pictures, as its parser leaves it: uploaded bytes are stored, everything else is unchecked. */
export interface ParsedBody {
  readonly fields: Readonly<Record<string, unknown>>;
  /** What `{ $picture: index }` stands for. */
  readonly stored: readonly StoredImage[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the parsers of bodies with pictures. */
    pictureBody: ParsedBody | null;
  }
}

/** Fields that hold pictures; all others are those of a generation. */
export const PICTURE_FIELDS = [
  'image',
  'images',
  'image_base64',
  'image_mime_type',
  'mask',
  'mask_base64',
] as const;

const KNOWN = [...Object.keys(callBodySchema.shape), ...PICTURE_FIELDS];

const reference = z
  .union([
    z.string(),
    z.strictObject({ image_url: z.string() }),
    z.strictObject({ file_id: z.string() }),
    z.strictObject({ image_id: z.string() }),
  ])
  .describe('An http(s) address or a data URI, or an object with `image_url`, `file_id` or `image_id`.');

/** The JSON body of an edit, as it is documented. */
export const editBodySchema = callBodySchema.extend({
  image: z
    .union([reference, z.array(reference)])
    .optional()
    .describe('The picture to edit, or several.'),
  images: z.array(reference).optional().describe('Another name of `image` for several pictures.'),
  image_base64: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('The picture itself.'),
  image_mime_type: z.string().optional().describe('Type of `image_base64`; the bytes decide in any case.'),
  mask: reference
    .optional()
    .describe('Transparent pixels are repainted; the shape is that of the first picture.'),
  mask_base64: z.string().optional(),
});

/**
 * Takes a parsed body apart into its parameters and its pictures.
 * @throws AppError naming the field that is wrong
 */
export function readEditBody(request: FastifyRequest): {
  written: CallBody;
  given: GivenEdit | undefined;
} {
  const { fields, stored } = request.pictureBody ?? { fields: {}, stored: [] };
  const present = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  const scalars = present.filter(([name]) => !isPictureField(name));
  const parsed = callBodySchema.safeParse(Object.fromEntries(scalars), { reportInput: true });
  if (!parsed.success) throw describeProblem(parsed.error, KNOWN);
  const holds = present.some(([name]) => isPictureField(name));
  return { written: parsed.data, given: holds ? readGiven(Object.fromEntries(present), stored) : undefined };
}

function isPictureField(name: string): boolean {
  return PICTURE_FIELDS.some((field) => field === name);
}

function readGiven(fields: Readonly<Record<string, unknown>>, stored: readonly StoredImage[]): GivenEdit {
  const lists = (['image', 'images', 'image_base64'] as const).flatMap((name) => {
    const value = fields[name];
    if (value === undefined) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const single = name !== 'images' && !Array.isArray(value);
    return list.map((item, index) => toGiven(item, single ? name : `${name}[${index}]`, stored));
  });
  const masks = (['mask', 'mask_base64'] as const)
    .filter((name) => fields[name] !== undefined)
    .map((name) => toGiven(fields[name], name, stored));
  if (masks.length > 1) {
    throw new AppError('invalid_request', {
      message: '`mask` and `mask_base64` are two ways to give one mask. Send one of them.',
      param: 'mask_base64',
    });
  }
  return { inputs: lists, mask: masks[0] };
}

const objectForms = z.union([
  z.strictObject({ image_url: z.unknown() }),
  z.strictObject({ type: z.string(), image_url: z.unknown() }),
  z.strictObject({ url: z.unknown() }),
  z.strictObject({ file_id: z.unknown() }),
  z.strictObject({ image_id: z.unknown() }),
  z.strictObject({ b64_json: z.unknown() }),
]);
const OBJECT_KEYS = ['image_url', 'file_id', 'image_id', 'url', 'b64_json'];

function toGiven(value: unknown, param: string, stored: readonly StoredImage[]): GivenInput {
  const ref = pictureRef.safeParse(value);
  if (ref.success) {
    const found = stored[ref.data[PICTURE_KEY]];
    if (found !== undefined) return { param, picture: { kind: 'stored', stored: found } };
  }
  if (typeof value === 'string') return { param, picture: readText(value, param) };
  const form = objectForms.safeParse(value);
  if (!form.success) throw wrongReference(value, param);
  if ('file_id' in form.data)
    return { param, picture: readId(form.data.file_id, 'file', `${param}.file_id`) };
  if ('image_id' in form.data)
    return { param, picture: readId(form.data.image_id, 'image', `${param}.image_id`) };
  if ('image_url' in form.data) return toGiven(form.data.image_url, `${param}.image_url`, stored);
  if ('url' in form.data) return toGiven(form.data.url, `${param}.url`, stored);
  return toGiven(form.data.b64_json, `${param}.b64_json`, stored);
}

/** A text is an address, a data URI or an id; it is never read as a path or anything else. */
function readText(text: string, param: string): GivenPicture {
  if (/^https?:/i.test(text)) return { kind: 'url', url: text };
  if (/^file[-_]/.test(text)) return { kind: 'file', id: text };
  if (/^img_/.test(text)) return { kind: 'image', id: text };
  const dataUri = /^data:/i.test(text);
  throw new AppError(dataUri ? 'invalid_image' : 'invalid_request', {
    message: dataUri
      ? `\`${param}\`: a data URI of a picture is \`data:image/png;base64,…\` (or jpeg, webp, gif, avif).`
      : `\`${param}\` must be an http(s) address, a data URI, a \`file_id\` or an \`image_id\`; bare base64 goes into \`image_base64\`.`,
    param,
  });
}

function readId(value: unknown, kind: 'file' | 'image', param: string): GivenPicture {
  if (typeof value === 'string' && /^[\w-]{1,100}$/.test(value)) {
    // A picture of an earlier generation serves as a file wherever one is asked for.
    return { kind: kind === 'file' && value.startsWith('img_') ? 'image' : kind, id: value };
  }
  throw new AppError('invalid_request', { message: `\`${param}\` must be an id of this workspace.`, param });
}

function wrongReference(value: unknown, param: string): AppError {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const [unknown] = keys.filter((key) => !OBJECT_KEYS.includes(key));
  const nearest = unknown === undefined ? undefined : nearestName(unknown, OBJECT_KEYS);
  return new AppError('invalid_request', {
    message:
      `\`${param}\` must be an address, a data URI, or an object with exactly one of \`image_url\`, \`file_id\` and \`image_id\`.` +
      (nearest === undefined ? '' : ` Did you mean \`${nearest}\`?`),
    param,
    facts: { allowed: ['image_url', 'file_id', 'image_id'], ...(nearest === undefined ? {} : { nearest }) },
  });
}
