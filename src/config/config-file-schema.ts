/** What `atelier.config.yaml` may say. Strict: a member that nobody knows is a slip. */
import { z } from 'zod';

/** Protocols that a listed endpoint can speak. */
export const ENDPOINT_PROTOCOLS = ['openai-images'] as const;
/** Servers that are known to differ in it. */
export const ENDPOINT_DIALECTS = [
  'sd-server',
  'localai',
  'vllm-omni',
  'sglang',
  'xinference',
  'nim',
] as const;

const MAX_ENDPOINTS = 100;
const MAX_EDGE = 8192;
/** Prices are kept in millionths of a credit. */
const MICROCREDITS = 1_000_000;

const text = (max: number) =>
  z
    .string({ error: 'must be a text' })
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`);

const whole = (min: number, max: number) =>
  z
    .int({ error: 'must be a whole number' })
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`);

const yesOrNo = z.boolean({ error: 'must be true or false' });

const slug = text(100).regex(
  /^[a-z0-9][a-z0-9._-]*$/,
  'must be made of lower-case letters, digits, dots, dashes and underscores',
);

const serverUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .refine((address) => {
    // What is no address has been told already.
    if (!URL.canParse(address)) return true;
    const { username, password, search, hash } = new URL(address);
    return [username, password, search, hash].every((part) => part === '');
  }, 'must have no user, password, query or fragment; a key belongs into api_key_env')
  .transform((address) => address.replace(/\/+$/, ''));

const edges = z
  .string({ error: 'must be a text such as 1024x1024' })
  .regex(/^[1-9]\d{1,3}x[1-9]\d{1,3}$/, 'must be WIDTHxHEIGHT, such as 1024x1024')
  .transform((size) => {
    const [width = 0, height = 0] = size.split('x').map(Number);
    return { width, height };
  })
  .refine(
    ({ width, height }) => [width, height].every((edge) => edge >= 64 && edge <= MAX_EDGE),
    `must have edges from 64 to ${MAX_EDGE}`,
  );

const BOUNDS = { multiple_of: 16, min_edge: 256, max_edge: 2048, max_pixels: 2048 * 2048 } as const;

const size = z
  .strictObject(
    {
      list: z.array(edges, { error: 'must be a list' }).min(1, 'must not be empty').max(100).optional(),
      multiple_of: whole(1, 512).optional(),
      min_edge: whole(16, MAX_EDGE).optional(),
      max_edge: whole(64, MAX_EDGE).optional(),
      max_pixels: whole(64 * 64, MAX_EDGE * MAX_EDGE).optional(),
    },
    { error: 'must have members, such as multiple_of and max_edge' },
  )
  .transform(({ list, ...bounds }, context) => {
    if (list !== undefined) {
      const [extra] = Object.entries(bounds).find(([, value]) => value !== undefined) ?? [];
      if (extra !== undefined) context.addIssue(`must have either a list or ${extra}, not both`);
      return { list: uniqueSizes(list) };
    }
    const multipleOf = bounds.multiple_of ?? BOUNDS.multiple_of;
    const minEdge = bounds.min_edge ?? BOUNDS.min_edge;
    const maxEdge = bounds.max_edge ?? BOUNDS.max_edge;
    const maxPixels = bounds.max_pixels ?? Math.max(BOUNDS.max_pixels, maxEdge * maxEdge);
    const smallest = Math.ceil(minEdge / multipleOf) * multipleOf;
    if (smallest > maxEdge || smallest * smallest > maxPixels) {
      context.addIssue('must leave at least one size: no square obeys all of its members');
    }
    return { multipleOf, minEdge, maxEdge, maxPixels };
  });

/** `false` is as good as leaving it out. */
const edit = z.preprocess(
  (value) => (value === false ? undefined : value),
  z
    .strictObject(
      { max_input_images: whole(1, 16).default(1), mask: yesOrNo.default(false) },
      { error: 'must be false, or have the members max_input_images and mask' },
    )
    .transform(({ max_input_images: maxInputImages, mask }) => ({ maxInputImages, mask }))
    .optional(),
);

const endpoint = z.strictObject(
  {
    slug,
    name: text(200),
    protocol: z.enum(ENDPOINT_PROTOCOLS),
    url: serverUrl,
    dialect: z.enum(ENDPOINT_DIALECTS),
    model: text(300),
    edit_model: text(300).optional(),
    api_key_env: z
      .string({ error: 'must be the name of an environment variable' })
      .regex(
        /^[A-Z_][A-Z0-9_]*$/,
        'must be the name of an environment variable (capital letters, digits, underscores), never the key itself',
      )
      .optional(),
    weights: text(300),
    licence: text(300),
    size: size.prefault({}),
    edit,
    credits: z
      .number({ error: 'must be a number' })
      .min(0, 'must not be negative')
      .max(100_000, 'must be at most 100000')
      .refine(
        (credits) => Math.abs(Math.round(credits * MICROCREDITS) - credits * MICROCREDITS) < 1e-3,
        'must have at most six decimals',
      ),
    country: z
      .string({ error: 'must be a text' })
      .regex(/^(?:local|[A-Z]{2})$/, 'must be local or two capital letters (ISO 3166-1), such as DE')
      .default('local'),
    negative_prompt: yesOrNo.default(false),
  },
  { error: 'must have members, such as slug and url' },
);

export const configFileSchema = z.strictObject(
  {
    endpoints: z
      .array(endpoint, { error: 'must be a list' })
      .max(MAX_ENDPOINTS, `must have at most ${MAX_ENDPOINTS} entries`)
      .default([]),
  },
  { error: 'must have the member endpoints' },
);

type Written = z.output<typeof endpoint>;

/** An own server as the configuration file describes it, its key read from the environment. */
export type EndpointConfig = Readonly<ReturnType<typeof toEndpointConfig>>;

export function toEndpointConfig(written: Written, apiKey: string | undefined) {
  const { edit_model: editModel, negative_prompt: negativePrompt, ...rest } = written;
  return {
    slug: rest.slug,
    name: rest.name,
    protocol: rest.protocol,
    url: rest.url,
    dialect: rest.dialect,
    model: rest.model,
    editModel,
    apiKey,
    weights: rest.weights,
    licence: rest.licence,
    size: rest.size,
    edit: rest.edit,
    credits: rest.credits,
    country: rest.country,
    negativePrompt,
  };
}

/** The members that a place of the file can have, for suggestions. @param path without list positions */
export function membersAt(path: readonly string[]): readonly string[] {
  switch (path.join('.')) {
    case '':
      return Object.keys(configFileSchema.shape);
    case 'endpoints':
      return Object.keys(endpoint.shape);
    case 'endpoints.size':
      return ['list', ...Object.keys(BOUNDS)];
    case 'endpoints.edit':
      return ['max_input_images', 'mask'];
    default:
      return [];
  }
}

function uniqueSizes<T extends { readonly width: number; readonly height: number }>(
  sizes: readonly T[],
): readonly T[] {
  return [...new Map(sizes.map((one) => [`${one.width}x${one.height}`, one])).values()];
}
