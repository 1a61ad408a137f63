/** xAI's Grok image models (protocol notes §1, §3, §4, §5, §11, §12). */
import type { EditSpec, InputRule, ModelEntry, RouteSpec } from '../model.js';
import { EDIT_QUALITY, FIRST_PARAMS, LARGE_SIZES, SECOND_PARAMS } from './model-params.js';

/**
 * Types and bytes are documented. The edges are not: eight pixels are the least where pictures are read, and no result has
 * more pixels than the most that is sent here.
 */
const INPUTS = {
  types: ['image/png', 'image/jpeg', 'image/webp'],
  maxBytes: 10 * 1024 * 1024,
  minEdge: 64,
  maxEdge: 4096,
  maxPixels: 16 * 1024 * 1024,
} as const satisfies InputRule;

/** With one input the result has its shape, whatever is asked; what several make of no ratio is not known. */
const EDIT = { mask: false, inputs: INPUTS, unsized: 'model' } as const satisfies Partial<EditSpec>;

const SOURCE = "xAI's list prices, read 2026-11-22";

/** 1k takes about ten seconds, 2k at medium quality up to 80; whoever hangs up pays all the same (protocol notes §14). */
const TIMEOUT_MS = 360_000;

export const xaiModels: readonly ModelEntry[] = [
  {
    slug: 'grok-image',
    name: 'Grok Image',
    aliases: [
      'xai/grok-image',
      ...both('grok-imagine-image-2.0'),
      // Retired names that xAI itself serves with 2.0 at low quality.
      ...both('grok-imagine-image-quality'),
      ...both('grok-imagine-image-pro'),
    ],
    ownedBy: 'xai',
    strengths: ['realistic', 'low refusal', 'many ratios up to 2K'],
    notes:
      'Served by grok-imagine-image-2.0. A picture that is withheld after painting may cost all the same.',
    edit: { ...EDIT, maxInputImages: 5, params: { defaultQuality: EDIT_QUALITY } },
    transparency: false,
    params: SECOND_PARAMS,
    pricing: {
      kind: 'per-image',
      rows: [
        { quality: ['low'], sizes: LARGE_SIZES, credits: 6 },
        { quality: ['low'], credits: 4 },
        { quality: ['medium'], sizes: LARGE_SIZES, credits: 8 },
        { credits: 6 },
      ],
      // Told by resellers, not by xAI's own list.
      inputCredits: 1,
      source: SOURCE,
    },
    lifecycle: {},
    routes: [route('grok-imagine-image-2.0')],
    contentPolicy: 'provider',
    timeoutMs: TIMEOUT_MS,
  },
  {
    slug: 'grok-imagine-image',
    name: 'Grok Imagine Image 1.0',
    aliases: ['xai/grok-imagine-image', ...both('grok-imagine-image-2026-03-02')],
    ownedBy: 'xai',
    strengths: ['low price', 'fast'],
    notes: 'The first model of the family: one quality, one resolution.',
    // Five are documented since 2.0 came; many clients still send three at most.
    edit: { ...EDIT, maxInputImages: 3 },
    transparency: false,
    params: FIRST_PARAMS,
    pricing: { kind: 'per-image', rows: [{ credits: 2 }], inputCredits: 0.2, source: SOURCE },
    lifecycle: {},
    routes: [route('grok-imagine-image')],
    contentPolicy: 'provider',
    timeoutMs: TIMEOUT_MS,
  },
];

function both(name: string): readonly string[] {
  return [name, `xai/${name}`];
}

function route(upstream: string): RouteSpec {
  return {
    id: `xai/${upstream}`,
    upstream: { generate: upstream, edit: upstream },
    operator: 'xAI',
    operatorCountry: 'US',
    country: 'US',
  };
}
