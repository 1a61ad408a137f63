/** Models on servers that an operator runs: what all protocols of such servers have in common. */
import type { EditSpec, InputRule, ModelEntry, ModelParams, PromptStyle, Size, SizeRule } from '../model.js';
import type { Provider } from '../provider.js';

/** What T5 and CLIP read of FLUX.1: English phrases, the first ones most. Other weights on own servers read much the same way. */
const PROMPTS: PromptStyle = {
  form: 'phrases',
  order: ['subject', 'style', 'details', 'composition', 'lighting', 'mood'],
  languages: ['en'],
  lettering: { scripts: ['latin'], maxChars: 30 },
  why: 'a text encoder reads the prompt and gives more weight to what comes first: subject, then style, then the scene',
};

/** One server with one model, as the operator describes it, without what only its protocol knows. */
export interface OwnServer {
  readonly slug: string;
  readonly name: string;
  /** Root of the server, without a slash at its end. */
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly weights: string;
  readonly licence: string;
  readonly size: SizeBounds | { readonly list: readonly Size[] };
  /** undefined: no edits. */
  readonly edit: { readonly maxInputImages: number; readonly mask: boolean } | undefined;
  readonly credits: number;
  /** ISO 3166-1 alpha-2 of where it stands, or `local`. */
  readonly country: string;
  readonly negativePrompt: boolean;
}

/** Something that a server of this kind can't do, at a place of its description. */
export interface EndpointProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** What has to be said of a model on an own server; everything else follows. */
export interface ServedModel {
  readonly slug: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** What the server calls the model, and the one that edits. */
  readonly upstream: { readonly generate: string; readonly edit: string };
  /** Which weights, under which licence. */
  readonly notes: string;
  readonly strengths: readonly string[];
  readonly size: SizeRule;
  readonly credits: number;
  readonly priceSource: string;
  /** undefined: no edits. */
  readonly edit: EditSpec | undefined;
  readonly routeId: string;
  /** ISO 3166-1 alpha-2, or `local`. */
  readonly country: string;
  /** What of the request's parameters the server takes. */
  readonly params: Pick<ModelParams, 'maxPerCall' | 'seed' | 'negativePrompt' | 'partialImages'>;
}

/** Seeds that every sampler takes. */
export const SEEDS = { min: 0, max: 2_147_483_647 } as const;
/** Longest negative prompt that is sent. */
export const NEGATIVE_PROMPT = { maxChars: 2000 } as const;

/** The first call may load the model, which takes minutes. */
const TIMEOUT_MS = 600_000;

const COMMON_SIZES: readonly Size[] = [
  { width: 1024, height: 1024 },
  { width: 1792, height: 1024 },
  { width: 1024, height: 1792 },
  { width: 512, height: 512 },
];

/** Bounds of sizes as an operator says them. */
export interface SizeBounds {
  readonly multipleOf: number;
  readonly minEdge: number;
  readonly maxEdge: number;
  readonly maxPixels: number;
}

/** What FLUX paints where nobody says otherwise. */
export const FLUX_BOUNDS: SizeBounds = {
  multipleOf: 16,
  minEdge: 256,
  maxEdge: 2048,
  maxPixels: 2048 * 2048,
};

/** The rule that bounds stand for. Some size has to obey them. */
export function rangeOf({ multipleOf, minEdge, maxEdge, maxPixels }: SizeBounds): SizeRule {
  const low = Math.ceil(minEdge / multipleOf) * multipleOf;
  const high = Math.floor(maxEdge / multipleOf) * multipleOf;
  // Shapes longer than four to one come out broken on all open weights.
  const maxRatio = Math.min(4, high / low);
  const fits = ({ width, height }: Size) =>
    [width, height].every((edge) => edge % multipleOf === 0 && edge >= low && edge <= high) &&
    width * height <= maxPixels &&
    Math.max(width / height, height / width) <= maxRatio;
  const edge = Math.min(high, Math.floor(Math.sqrt(maxPixels) / multipleOf) * multipleOf);
  const common = COMMON_SIZES.filter(fits);
  return {
    kind: 'range',
    multipleOf,
    minEdge: low,
    maxEdge: high,
    minPixels: low * low,
    maxPixels,
    minRatio: 1 / maxRatio,
    maxRatio,
    listed: common.length > 0 ? common : [{ width: edge, height: edge }],
  };
}

/** The rule of an operator's words. */
export function sizeRuleOf(size: OwnServer['size']): SizeRule {
  return 'list' in size ? { kind: 'list', sizes: size.list } : rangeOf(size);
}

/** No server documents limits: inputs are kept to the pixels that it can paint. */
export function inputRuleOf(size: SizeRule): InputRule {
  const largest = size.kind === 'list' ? boundsOfList(size.sizes) : size;
  return {
    types: ['image/png', 'image/jpeg'],
    // LocalAI takes bodies of 15 MB unless told otherwise, base64 included.
    maxBytes: 10 * 1024 * 1024,
    minEdge: 64,
    maxEdge: largest.maxEdge,
    maxPixels: largest.maxPixels,
  };
}

function boundsOfList(sizes: readonly Size[]): Pick<InputRule, 'maxEdge' | 'maxPixels'> {
  return {
    maxEdge: Math.max(...sizes.map(({ width, height }) => Math.max(width, height))),
    maxPixels: Math.max(...sizes.map(({ width, height }) => width * height)),
  };
}

/** The catalogue entry of a model on an own server. */
export function describeServedModel(served: ServedModel): ModelEntry {
  const { slug, name, aliases, upstream, notes, strengths, size, credits, edit, params } = served;
  return {
    slug,
    name,
    aliases,
    ownedBy: 'self-hosted',
    strengths,
    notes,
    edit,
    transparency: false,
    params: {
      size,
      // The servers cut what the text encoder can't read, at some 512 tokens for FLUX.1; none says so.
      promptMaxChars: 4000,
      quality: undefined,
      defaultQuality: undefined,
      style: undefined,
      background: undefined,
      // Formats differ by server; all give PNG unless told, which can be converted without loss.
      outputFormat: undefined,
      outputCompression: undefined,
      moderation: undefined,
      personGeneration: undefined,
      inputFidelity: undefined,
      complexity: undefined,
      promptRevision: { kind: 'never' },
      promptStyle: PROMPTS,
      ...params,
    },
    pricing: { kind: 'per-image', rows: [{ credits }], fixed: true, source: served.priceSource },
    lifecycle: {},
    routes: [
      {
        id: served.routeId,
        upstream: edit === undefined ? { generate: upstream.generate } : upstream,
        operator: 'you',
        operatorCountry: 'local',
        country: served.country,
      },
    ],
    contentPolicy: 'none',
    timeoutMs: TIMEOUT_MS,
  };
}

/** What the operator's words say of any model, whatever its protocol. */
export function describeOwnServer(
  server: OwnServer,
): Pick<
  ServedModel,
  'slug' | 'name' | 'aliases' | 'notes' | 'strengths' | 'size' | 'credits' | 'priceSource' | 'country'
> {
  const { slug, name, weights, licence, size, credits, country } = server;
  return {
    slug,
    name,
    aliases: [],
    notes: `Weights: ${weights}. Licence: ${licence}.`,
    strengths: ['runs on your own server'],
    size: sizeRuleOf(size),
    credits,
    priceSource: "the operator's price",
    country,
  };
}

/** What the environment's own server has in common, whatever it speaks. */
export const FLUX_MODEL_FACTS = {
  slug: 'flux-1-pro',
  name: 'FLUX.1 (self-hosted)',
  aliases: ['flux', 'flux-pro'],
  notes:
    'Names what the operator runs: the pro weights are not public. FLUX.1 dev is for non-commercial use, FLUX.1 schnell is Apache-2.0.',
  strengths: ['runs on your own server', 'no policy filter'],
  credits: 1,
  priceSource: "the product guide's price",
  country: 'local',
} as const;

/** Gives servers of one protocol their routes: a second server of the same model gets a number. */
export function nameRoutes<T extends { readonly slug: string }>(
  provider: string,
  servers: readonly T[],
  taken: readonly string[],
): readonly { readonly server: T; readonly routeId: string }[] {
  const used = new Set(taken);
  return servers.map((server) => {
    const first = `${provider}/${server.slug}`;
    let routeId = first;
    for (let number = 2; used.has(routeId); number += 1) routeId = `${first}/${number}`;
    used.add(routeId);
    return { server, routeId };
  });
}

/** A server that is slower than this when it is asked what it is, is not waited for. */
export const PROBE_LIMIT_MS = 3000;

/** What a server at FLUX_BASE_URL can speak. */
export const FLUX_PROTOCOLS = ['openai-images', 'comfyui', 'sdapi'] as const;
export type FluxProtocol = (typeof FLUX_PROTOCOLS)[number];

/** What FLUX_BASE_URL's server speaks. A wrong name is told where the endpoint is resolved. */
export function fluxProtocolOf(settings: Readonly<Record<string, string>>): FluxProtocol {
  const name = settings['FLUX_PROTOCOL'];
  return FLUX_PROTOCOLS.find((known) => known === name) ?? 'openai-images';
}

/** Name of the setting that says which server it is. */
export const DIALECT_SETTING = 'FLUX_DIALECT';
/** Name of the setting that says what the server calls the model. */
export const MODEL_SETTING = 'FLUX_MODEL';

/** The settings of the server at FLUX_BASE_URL, the same for every protocol. */
export const FLUX_SETTINGS: Provider['settings'] = {
  apiKey: {
    env: 'FLUX_API_KEY',
    description:
      'Key of the self-hosted FLUX server, if it asks for one; with sdapi `user:password` of its Basic authentication.',
    secret: true,
  },
  baseUrl: {
    env: 'FLUX_BASE_URL',
    description: 'Root of the self-hosted FLUX server, with or without /v1.',
    secret: false,
  },
  extra: [
    {
      env: 'FLUX_PROTOCOL',
      description: `What the server at FLUX_BASE_URL speaks: ${FLUX_PROTOCOLS.join(', ')}.`,
      secret: false,
      default: 'openai-images',
    },
    {
      env: DIALECT_SETTING,
      description:
        'Which server or, with comfyui, which kind of weights it is; see docs/self-hosted.md. Unset: sd-server, flux1-dev with comfyui, forge with sdapi.',
      secret: false,
    },
    {
      env: MODEL_SETTING,
      description: 'What the server calls the model; with comfyui the file of its weights.',
      secret: false,
    },
  ],
};

/**
 * The server of the environment, as the settings tell it.
 * @returns a reason where there is none, or where it speaks another protocol or names a dialect that is not known
 */
export function readFluxSettings<T extends string>(
  settings: Readonly<Record<string, string>>,
  protocol: FluxProtocol,
  dialects: readonly T[],
  usual: T,
):
  | {
      readonly usable: true;
      readonly baseUrl: string;
      readonly apiKey: string | undefined;
      readonly dialect: T;
      readonly model: string | undefined;
    }
  | { readonly usable: false; readonly reason: string } {
  const baseUrl = settings['FLUX_BASE_URL'];
  if (baseUrl === undefined) return { usable: false, reason: 'the operator has to set FLUX_BASE_URL' };
  const spoken = settings['FLUX_PROTOCOL'] ?? 'openai-images';
  if (spoken !== protocol) {
    return { usable: false, reason: `FLUX_PROTOCOL has to be one of ${FLUX_PROTOCOLS.join(', ')}` };
  }
  const named = settings[DIALECT_SETTING];
  const dialect = named === undefined ? usual : dialects.find((known) => known === named);
  if (dialect === undefined) {
    return { usable: false, reason: `${DIALECT_SETTING} has to be one of ${dialects.join(', ')}` };
  }
  return {
    usable: true,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    apiKey: settings['FLUX_API_KEY'],
    dialect,
    model: settings[MODEL_SETTING],
  };
}
