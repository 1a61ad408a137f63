/** xAI's Grok image models (protocol notes §1, §3, §11, §12). */
import type { ModelEntry, NativeSize } from '../model.js';

/** Pixels are not published; these are the areas of the tiers at the documented ratios. */
const RATIOS = [
  ['1:1', 1024, 1024],
  ['3:2', 1248, 832],
  ['2:3', 832, 1248],
  ['4:3', 1152, 864],
  ['3:4', 864, 1152],
  ['16:9', 1344, 768],
  ['9:16', 768, 1344],
  ['2:1', 1408, 704],
  ['1:2', 704, 1408],
] as const;

const sizes: readonly NativeSize[] = RATIOS.flatMap(([aspectRatio, width, height]) => [
  { width, height, native: { aspectRatio, resolution: '1k' } },
  { width: width * 2, height: height * 2, native: { aspectRatio, resolution: '2k' } },
]);

const LARGE = sizes
  .filter((size) => size.native?.['resolution'] === '2k')
  .map((size) => `${size.width}x${size.height}`);

export const xaiModels: readonly ModelEntry[] = [
  {
    slug: 'grok-image',
    name: 'Grok Image',
    aliases: ['grok-imagine-image-2.0', 'xai/grok-image', 'xai/grok-imagine-image-2.0'],
    ownedBy: 'xai',
    strengths: ['realistic', 'low refusal'],
    notes: 'Served by grok-imagine-image-2.0.',
    edit: { maxInputImages: 5, mask: false },
    transparency: false,
    params: {
      size: { kind: 'list', sizes },
      maxPerCall: 10,
      promptMaxChars: 4_000,
      quality: ['low', 'medium'],
      defaultQuality: 'low',
      style: undefined,
      background: undefined,
      outputFormat: undefined,
      outputCompression: undefined,
      moderation: undefined,
      personGeneration: undefined,
      seed: undefined,
      negativePrompt: undefined,
      inputFidelity: undefined,
      complexity: undefined,
      partialImages: undefined,
      promptRevision: { kind: 'unavoidable' },
    },
    pricing: {
      kind: 'per-image',
      rows: [
        { quality: ['low'], sizes: LARGE, credits: 6 },
        { quality: ['low'], credits: 4 },
        { sizes: LARGE, credits: 8 },
        { credits: 6 },
      ],
      source: "xAI's list prices, read 2026-11-22",
    },
    lifecycle: {},
    routes: [
      {
        id: 'xai/grok-imagine-image-2.0',
        upstream: { generate: 'grok-imagine-image-2.0', edit: 'grok-imagine-image-2.0' },
        operator: 'xAI',
        operatorCountry: 'US',
        country: 'US',
      },
    ],
    contentPolicy: 'provider',
    timeoutMs: 180_000,
  },
];
