/** Models on an operator's own servers that speak the OpenAI images protocol (protocol notes §B0). */
import type { EditSpec, InputRule, ModelEntry, Size, SizeRule } from '../model.js';
import { DIALECTS } from './dialects.js';
import type { DialectName } from './dialects.js';

/** What has to be said of a model on an own server; everything else follows. */
export interface ServedModel {
  readonly slug: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** What the server calls the model, and the one that edits. */
  readonly upstream: { readonly generate: string; readonly edit: string };
  readonly dialect: DialectName;
  /** Which weights, under which licence. */
  readonly weights: string;
  readonly strengths: readonly string[];
  readonly size: SizeRule;
  readonly credits: number;
  readonly priceSource: string;
  /** What the server's weights can do; undefined: no edits. */
  readonly edit: { readonly maxInputImages: number; readonly mask: boolean } | undefined;
  /** Whether the weights heed negative prompts: those that run without guidance don't. */
  readonly heedsNegatives: boolean;
  readonly routeId: string;
  /** ISO 3166-1 alpha-2, or `local`. */
  readonly country: string;
}

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

/** The model of FLUX_BASE_URL. @param dialect of the server there, because edits depend on it */
export function describeFlux(dialect: DialectName): ModelEntry {
  return describeModel({
    slug: 'flux-1-pro',
    name: 'FLUX.1 (self-hosted)',
    aliases: ['flux', 'flux-pro'],
    upstream: { generate: 'flux-1', edit: 'flux-1' },
    dialect,
    weights:
      'Names what the operator runs: the pro weights are not public. FLUX.1 dev is for non-commercial use, FLUX.1 schnell is Apache-2.0.',
    strengths: ['runs on your own server', 'no policy filter'],
    size: rangeOf({ multipleOf: 16, minEdge: 256, maxEdge: 2048, maxPixels: 2048 * 2048 }),
    credits: 1,
    priceSource: "the product guide's price",
    // LocalAI's masks cost its edits every other size; the gateway keeps what is outside a mask by itself.
    edit: { maxInputImages: 1, mask: dialect !== 'localai' && DIALECTS[dialect].maskedEdit !== undefined },
    heedsNegatives: false,
    routeId: 'openai-images/flux-1-pro',
    country: 'local',
  });
}

/** The catalogue entry of a model on an own server. */
export function describeModel(served: ServedModel): ModelEntry {
  const { slug, name, aliases, upstream, weights, strengths, size, credits, heedsNegatives } = served;
  const { names } = DIALECTS[served.dialect];
  const edit = served.edit === undefined ? undefined : describeEdits(served, served.edit);
  return {
    slug,
    name,
    aliases,
    ownedBy: 'self-hosted',
    strengths,
    notes: weights,
    edit,
    transparency: false,
    params: {
      size,
      maxPerCall: 4,
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
      seed: names.seed === undefined ? undefined : { min: 0, max: 2_147_483_647 },
      negativePrompt: heedsNegatives && names.negative_prompt !== undefined ? { maxChars: 2000 } : undefined,
      inputFidelity: undefined,
      complexity: undefined,
      partialImages: undefined,
      promptRevision: { kind: 'never' },
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

/**
 * Edits of the configured server. Servers that name no default size paint at some fixed one, and those that follow the
 * input would take one of any size into their memory: so a size is always asked for.
 */
function describeEdits({ dialect, size }: ServedModel, edit: NonNullable<ServedModel['edit']>): EditSpec {
  const { maskedEdit } = DIALECTS[dialect];
  const fixed = edit.mask ? sizeOf(maskedEdit?.fixedSize) : undefined;
  const spec: EditSpec = { ...edit, inputs: inputRuleOf(size), unsized: 'input' };
  if (fixed === undefined) return spec;
  return {
    ...spec,
    // Other shapes would be squeezed into the only size.
    inputs: { ...spec.inputs, square: true },
    params: { size: { kind: 'list', sizes: [fixed] }, maxPerCall: 1, seed: undefined },
  };
}

/** No server documents limits: inputs are kept to the pixels that it can paint. */
function inputRuleOf(size: SizeRule): InputRule {
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

function sizeOf(text: string | undefined): Size | undefined {
  const [width, height] = (text ?? '').split('x').map(Number);
  return width === undefined || height === undefined ? undefined : { width, height };
}
