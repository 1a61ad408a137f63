/** Models on an operator's own server that speaks the OpenAI images protocol (protocol notes §B0). */
import type { ModelEntry, SizeRule } from '../model.js';

/** What has to be said of a model on an own server; everything else follows. */
export interface ServedModel {
  readonly slug: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** What the server calls the model, unless the settings say otherwise. */
  readonly upstream: string;
  /** Which weights, under which licence. */
  readonly weights: string;
  readonly strengths: readonly string[];
  readonly size: SizeRule;
  readonly credits: number;
  readonly edit: ModelEntry['edit'];
  /** Whether the weights heed negative prompts: those that run without guidance don't. */
  readonly heedsNegatives: boolean;
}

/** The first call may load the model, which takes minutes. */
const TIMEOUT_MS = 600_000;

export const openAiImagesModels: readonly ModelEntry[] = [
  describeModel({
    slug: 'flux-1-pro',
    name: 'FLUX.1 (self-hosted)',
    aliases: ['flux', 'flux-pro'],
    upstream: 'flux-1',
    weights:
      'Names what the operator runs: the pro weights are not public. FLUX.1 dev is for non-commercial use, FLUX.1 schnell is Apache-2.0.',
    strengths: ['runs on your own server', 'no policy filter'],
    size: {
      kind: 'range',
      multipleOf: 16,
      minEdge: 256,
      maxEdge: 2048,
      minPixels: 256 * 256,
      maxPixels: 2048 * 2048,
      minRatio: 1 / 4,
      maxRatio: 4,
      listed: [
        { width: 1024, height: 1024 },
        { width: 1792, height: 1024 },
        { width: 1024, height: 1792 },
        { width: 512, height: 512 },
      ],
    },
    credits: 1,
    edit: { maxInputImages: 1, mask: true },
    heedsNegatives: false,
  }),
];

function describeModel(served: ServedModel): ModelEntry {
  const { slug, name, aliases, upstream, weights, strengths, size, credits, edit, heedsNegatives } = served;
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
      seed: { min: 0, max: 2_147_483_647 },
      negativePrompt: heedsNegatives ? { maxChars: 2000 } : undefined,
      inputFidelity: undefined,
      complexity: undefined,
      partialImages: undefined,
      promptRevision: { kind: 'never' },
    },
    pricing: { kind: 'per-image', rows: [{ credits }], source: "the product guide's price" },
    lifecycle: {},
    routes: [
      {
        id: `openai-images/${slug}`,
        upstream: edit === undefined ? { generate: upstream } : { generate: upstream, edit: upstream },
        operator: 'you',
        operatorCountry: 'local',
        country: 'local',
      },
    ],
    contentPolicy: 'none',
    timeoutMs: TIMEOUT_MS,
  };
}
