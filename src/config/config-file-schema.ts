/** What `atelier.config.yaml` may say. Strict: a member that nobody knows is a slip. */
import { z } from 'zod';
import { region } from './region-schema.js';

/** What listed endpoints can speak, and the servers (of comfyui: the kinds of graphs) that are known to differ in it. */
export const ENDPOINT_DIALECTS = {
  'openai-images': ['sd-server', 'localai', 'vllm-omni', 'sglang', 'xinference', 'nim'],
  comfyui: ['flux1-dev', 'flux1-schnell', 'flux1-kontext', 'flux2-dev', 'flux2-klein', 'graph'],
  sdapi: ['forge', 'forge-neo', 'sd-next', 'a1111', 'sd-server'],
} as const;

type Protocol = keyof typeof ENDPOINT_DIALECTS;
export const ENDPOINT_PROTOCOLS: readonly Protocol[] = ['openai-images', 'comfyui', 'sdapi'];

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

const common = {
  slug,
  name: text(200),
  url: serverUrl,
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
};

/** What the sampler does where a caller doesn't say. */
const sampler = {
  steps: whole(1, 200).optional(),
  guidance: z
    .number({ error: 'must be a number' })
    .min(0, 'must not be negative')
    .max(100, 'must be at most 100')
    .optional(),
};

const MOST_FILES = 8;

const byProtocol = {
  'openai-images': z.strictObject({
    ...common,
    protocol: z.literal('openai-images'),
    dialect: z.enum(ENDPOINT_DIALECTS['openai-images']),
    model: text(300),
    edit_model: text(300).optional(),
  }),
  comfyui: z.strictObject({
    ...common,
    ...sampler,
    protocol: z.literal('comfyui'),
    dialect: z.enum(ENDPOINT_DIALECTS.comfyui),
    model: text(300).optional(),
    checkpoint: yesOrNo.default(false),
    text_encoders: z
      .array(text(300), { error: 'must be a list' })
      .min(1, 'must not be empty')
      .max(2, 'must have at most 2 entries')
      .optional(),
    vae: text(300).optional(),
    graph: text(1000).optional(),
    edit_graph: text(1000).optional(),
  }),
  sdapi: z.strictObject({
    ...common,
    ...sampler,
    protocol: z.literal('sdapi'),
    dialect: z.enum(ENDPOINT_DIALECTS.sdapi),
    model: text(300).optional(),
    modules: z
      .array(text(300), { error: 'must be a list' })
      .max(MOST_FILES, `must have at most ${MOST_FILES} entries`)
      .default([]),
    sampler: text(100).optional(),
    scheduler: text(100).optional(),
  }),
} satisfies Record<Protocol, z.ZodObject>;

const endpoint = z.discriminatedUnion(
  'protocol',
  [byProtocol['openai-images'], byProtocol.comfyui, byProtocol.sdapi],
  { error: 'must have members, such as slug and url' },
);

export const configFileSchema = z.strictObject(
  {
    endpoints: z
      .array(endpoint, { error: 'must be a list' })
      .max(MAX_ENDPOINTS, `must have at most ${MAX_ENDPOINTS} entries`)
      .default([]),
    regions: z
      .array(region, { error: 'must be a list' })
      .max(MAX_ENDPOINTS, `must have at most ${MAX_ENDPOINTS} entries`)
      .default([]),
  },
  { error: 'must have the members endpoints or regions' },
);

type Written = z.output<typeof endpoint>;

/** An own server as the configuration file describes it, its key and its graphs read. */
export type EndpointConfig = Readonly<ReturnType<typeof toEndpointConfig>>;

/** What a description names and that stands elsewhere. */
export interface EndpointMaterial {
  readonly apiKey: string | undefined;
  /** Parsed files. */
  readonly graph: unknown;
  readonly editGraph: unknown;
}

export function toEndpointConfig(written: Written, { apiKey, graph, editGraph }: EndpointMaterial) {
  const shared = {
    slug: written.slug,
    name: written.name,
    url: written.url,
    apiKey,
    weights: written.weights,
    licence: written.licence,
    size: written.size,
    edit: written.edit,
    credits: written.credits,
    country: written.country,
    negativePrompt: written.negative_prompt,
  };
  switch (written.protocol) {
    case 'openai-images': {
      const { protocol, dialect, model, edit_model: editModel } = written;
      return { ...shared, protocol, dialect, model, editModel };
    }
    case 'comfyui': {
      const { protocol, dialect, model, checkpoint, text_encoders: textEncoders, vae } = written;
      const { steps, guidance } = written;
      return {
        ...shared,
        protocol,
        dialect,
        model,
        checkpoint,
        textEncoders,
        vae,
        steps,
        guidance,
        graph,
        editGraph,
      };
    }
    case 'sdapi': {
      const { protocol, dialect, model, modules, sampler: samplerName, scheduler, steps, guidance } = written;
      return {
        ...shared,
        protocol,
        dialect,
        model,
        modules,
        sampler: samplerName,
        scheduler,
        steps,
        guidance,
      };
    }
  }
}

/** The members that a place of the file can have, for suggestions. @param path without list positions */
export function membersAt(path: readonly string[], protocol: unknown): readonly string[] {
  switch (path.join('.')) {
    case '':
      return Object.keys(configFileSchema.shape);
    case 'endpoints': {
      const known = ENDPOINT_PROTOCOLS.find((name) => name === protocol) ?? 'openai-images';
      return Object.keys(byProtocol[known].shape);
    }
    case 'regions':
      return Object.keys(region.shape);
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
