import type { EditSpec, ModelEntry, ModelParams, SizeRule } from '../../src/providers/model.js';

/** Three sizes of one megapixel. */
export const THREE_SIZES: SizeRule = {
  kind: 'list',
  sizes: [
    { width: 1024, height: 1024 },
    { width: 1792, height: 1024 },
    { width: 1024, height: 1792 },
  ],
};

/** Edits of one PNG, JPEG or WebP picture of 64 to 2,048 pixels, without a mask. */
export function createEditSpec(changes: Partial<EditSpec> = {}): EditSpec {
  return {
    maxInputImages: 1,
    mask: false,
    inputs: {
      types: ['image/png', 'image/jpeg', 'image/webp'],
      maxBytes: 4 * 1024 * 1024,
      minEdge: 64,
      maxEdge: 2048,
      maxPixels: 2048 * 2048,
    },
    unsized: 'model',
    ...changes,
  };
}

/** A model that takes a prompt and a size and nothing else. */
export function createModelParams(changes: Partial<ModelParams> = {}): ModelParams {
  return {
    size: THREE_SIZES,
    maxPerCall: 1,
    promptMaxChars: 200,
    quality: undefined,
    defaultQuality: undefined,
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
    promptRevision: { kind: 'never' },
    ...changes,
  };
}

/** An active model of the provider `acme` for two credits a picture, with one route in the United States. */
export function createModelEntry(
  changes: Omit<Partial<ModelEntry>, 'params'> & { readonly params?: Partial<ModelParams> } = {},
): ModelEntry {
  const { params, ...rest } = changes;
  const slug = rest.slug ?? 'painter-1';
  return {
    slug,
    name: 'Painter',
    aliases: [],
    ownedBy: 'acme',
    strengths: [],
    notes: '',
    edit: undefined,
    transparency: false,
    pricing: { kind: 'per-image', rows: [{ credits: 2 }], source: 'a test' },
    lifecycle: {},
    routes: [
      {
        id: `acme/${slug}`,
        upstream: { generate: slug, edit: slug },
        operator: 'Acme',
        operatorCountry: 'US',
        country: 'US',
      },
    ],
    contentPolicy: 'provider',
    timeoutMs: 60_000,
    ...rest,
    params: createModelParams(params),
  };
}
