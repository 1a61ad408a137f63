/** Models on an operator's own server that speaks the OpenAI images protocol. */
import type { ModelEntry } from '../model.js';

export const openAiImagesModels: readonly ModelEntry[] = [
  {
    slug: 'flux-1-pro',
    name: 'FLUX.1 (self-hosted)',
    aliases: ['flux', 'flux-pro'],
    ownedBy: 'self-hosted',
    strengths: ['runs on your own server', 'no policy filter'],
    notes:
      'Names what the operator runs: the pro weights are not public. FLUX.1 dev is for non-commercial use, FLUX.1 schnell is Apache-2.0.',
    edit: { maxInputImages: 1, mask: true },
    transparency: false,
    params: {
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
      maxPerCall: 4,
      promptMaxChars: 4_000,
      quality: undefined,
      defaultQuality: undefined,
      style: undefined,
      background: undefined,
      outputFormat: undefined,
      outputCompression: undefined,
      moderation: undefined,
      personGeneration: undefined,
      seed: { min: 0, max: 2_147_483_647 },
      negativePrompt: undefined,
      inputFidelity: undefined,
      complexity: undefined,
      partialImages: undefined,
      promptRevision: { kind: 'never' },
    },
    pricing: { kind: 'per-image', rows: [{ credits: 1 }], source: "the product guide's price" },
    lifecycle: {},
    routes: [
      {
        id: 'openai-images/flux-1-pro',
        upstream: { generate: 'flux-1', edit: 'flux-1' },
        operator: 'you',
        operatorCountry: 'local',
        country: 'local',
      },
    ],
    contentPolicy: 'none',
    timeoutMs: 300_000,
  },
];
