import { z } from 'zod';
import { nearestName } from '../../config/nearest-name.js';
import { generationBodySchema } from '../../images/request-body.js';
import { CliError } from '../client.js';

/** JSON types that a field of a request takes. */
type FieldTypes = ReadonlySet<string>;

const ANY: FieldTypes = new Set(['string', 'object', 'array']);
/** Fields of calls beside those of a request, see `src/http/bodies/`. */
const OTHER_FIELDS: Readonly<Record<string, FieldTypes>> = {
  recipe: new Set(['string']),
  variables: new Set(['object']),
  image: ANY,
  images: new Set(['array']),
  image_base64: new Set(['string']),
  image_mime_type: new Set(['string']),
  mask: ANY,
  mask_base64: new Set(['string']),
};
/** Objects whose members can be named one by one: `metadata.order`. */
const WITH_MEMBERS = ['prompt', 'metadata', 'variables'];

const node = z.looseObject({
  type: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  $ref: z.string().optional(),
});

const FIELDS: ReadonlyMap<string, FieldTypes> = new Map([
  ...Object.entries(generationBodySchema.shape).map(([name, schema]): [string, FieldTypes] => [
    name,
    new Set(typesOf(z.toJSONSchema(schema, { io: 'input' }))),
  ]),
  ...Object.entries(OTHER_FIELDS),
]);

/**
 * The place of a field in a request and its value, both from text: `n` and `2`, `metadata.order` and `12`, `fallback` and
 * `["dall-e-3"]`. Text stays text wherever a field takes text, so that a prompt may be a number.
 * @param what names the field in messages
 * @returns a request with nothing but that field
 * @throws CliError for an unknown field, naming the nearest, and for a value that the field can't have
 */
export function fieldFromText(name: string, text: string, what: string): Record<string, unknown> {
  const [field = '', ...members] = name.split('.');
  const types = FIELDS.get(field);
  if (types === undefined || (members.length > 0 && !WITH_MEMBERS.includes(field)) || members.length > 1) {
    const nearest = nearestName(name, [...FIELDS.keys()]);
    throw new CliError(
      `${what} is no field of a request${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
    );
  }
  const [member] = members;
  if (member === undefined) return { [field]: readValue(text, types, what) };
  if (member === '') throw new CliError(`${what} names nothing behind its dot`);
  return { [field]: { [member]: field === 'prompt' && member === 'avoid' ? readList(text) : text } };
}

/** Puts requests over one another; objects that can be named by members are joined. */
export function joinFields(
  ...requests: readonly Readonly<Record<string, unknown>>[]
): Record<string, unknown> {
  const joined: Record<string, unknown> = {};
  for (const request of requests) {
    for (const [name, value] of Object.entries(request)) {
      const before = joined[name];
      joined[name] =
        WITH_MEMBERS.includes(name) && isObject(before) && isObject(value) ? { ...before, ...value } : value;
    }
  }
  return joined;
}

/** Whether a request is an edit. */
export function holdsPictures(request: Readonly<Record<string, unknown>>): boolean {
  return ['image', 'images', 'image_base64'].some((name) => name in request);
}

function readValue(text: string, types: FieldTypes, what: string): unknown {
  const trimmed = text.trim();
  if (types.has('boolean') && /^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  if (types.has('integer') && /^-?\d+$/.test(trimmed)) return Number(trimmed);
  if ((types.has('object') || types.has('array')) && /^[[{]/.test(trimmed)) {
    const value = parseJson(trimmed);
    if (value !== undefined) return value;
    if (!types.has('string')) throw new CliError(`${what} is not valid JSON`);
  }
  if (types.has('string')) return types === ANY ? readPicture(trimmed) : text;
  throw new CliError(`${what} must be ${describeTypes(types)}, not ${JSON.stringify(text)}`);
}

/** Ids stand for themselves. */
function readPicture(text: string): unknown {
  if (/^img_[a-z0-9]+$/.test(text)) return { image_id: text };
  if (/^file[_-][A-Za-z0-9]+$/.test(text)) return { file_id: text };
  return text;
}

/** A JSON list, or one entry. */
function readList(text: string): unknown {
  const value = text.trim().startsWith('[') ? parseJson(text) : undefined;
  return value ?? [text];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller says what was expected.
    return undefined;
  }
}

function describeTypes(types: FieldTypes): string {
  const names: Readonly<Record<string, string>> = {
    boolean: 'true or false',
    integer: 'a whole number',
    object: 'a JSON object',
    array: 'a JSON list',
  };
  return [...types].map((type) => names[type] ?? type).join(' or ');
}

function typesOf(schema: unknown): readonly string[] {
  const { type, const: constant, enum: values, anyOf, $ref: reference } = node.parse(schema);
  if (anyOf !== undefined) return anyOf.flatMap(typesOf);
  // Only objects are named schemas.
  if (reference !== undefined) return ['object'];
  const named = [constant, ...(values ?? [])].filter((value) => value !== undefined);
  return [...(type === undefined ? [] : [type]), ...named.map((value) => typeof value)];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
