import type { ModelEntry } from '../model.js';

/** The built-in painter as a model: free, offline, the same picture for the same prompt, seed and size. */
export const sketchModels: readonly ModelEntry[] = [
  {
    slug: 'atelier-sketch',
    name: 'Atelier Sketch',
    aliases: ['sketch', 'atelier/sketch'],
    ownedBy: 'atelier',
    strengths: [
      'runs anywhere, offline and free',
      'same prompt, seed and size give the same bytes',
      'letters quoted text',
      'edits any picture: season, time of day, weather, palette, style, background',
    ],
    notes:
      'A procedural painter, not a neural model: it reads subject, setting, season, time of day, weather, light, style ' +
      'and palette from the prompt and composes a layered scene. Made for first steps, tests and offline work.',
    edit: {
      maxInputImages: 4,
      mask: true,
      inputs: {
        types: ['image/png', 'image/jpeg', 'image/webp'],
        maxBytes: 64 * 1024 * 1024,
        minEdge: 64,
        maxEdge: 4096,
        maxPixels: 4096 * 4096,
      },
      unsized: 'input',
    },
    transparency: true,
    params: {
      size: {
        kind: 'range',
        multipleOf: 1,
        minEdge: 64,
        maxEdge: 4096,
        minPixels: 64 * 64,
        maxPixels: 4096 * 4096,
        minRatio: 1 / 64,
        maxRatio: 64,
        listed: [
          { width: 1024, height: 1024 },
          { width: 1792, height: 1024 },
          { width: 1024, height: 1792 },
          { width: 512, height: 512 },
          { width: 1536, height: 1024 },
          { width: 1024, height: 1536 },
          { width: 2048, height: 2048 },
          { width: 4096, height: 4096 },
        ],
      },
      maxPerCall: 1,
      promptMaxChars: 8_000,
      quality: undefined,
      defaultQuality: undefined,
      style: undefined,
      background: ['auto', 'transparent', 'opaque'],
      outputFormat: ['png', 'jpeg', 'webp', 'avif'],
      outputCompression: ['jpeg', 'webp', 'avif'],
      moderation: undefined,
      personGeneration: undefined,
      seed: { min: 0, max: Number.MAX_SAFE_INTEGER },
      negativePrompt: { maxChars: 2_000 },
      inputFidelity: undefined,
      complexity: undefined,
      partialImages: undefined,
      promptRevision: { kind: 'never' },
    },
    pricing: { kind: 'per-image', rows: [{ credits: 0 }], source: 'built in' },
    lifecycle: {},
    routes: [
      {
        id: 'sketch/atelier-sketch',
        upstream: { generate: 'atelier-sketch', edit: 'atelier-sketch' },
        operator: 'you',
        operatorCountry: 'local',
        country: 'local',
      },
    ],
    contentPolicy: 'none',
    timeoutMs: 60_000,
  },
];
