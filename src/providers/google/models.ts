/** Google's image models (protocol notes §0, §3, §9): data only. Prices are list prices in credits. */
import type {
  EditSpec,
  InputRule,
  Lifecycle,
  ModelEntry,
  ModelParams,
  NativeSize,
  PriceRow,
  Pricing,
  PromptStyle,
} from '../model.js';
import {
  FOURTEEN_RATIOS,
  GEMINI_2_5_SIZES,
  IMAGEN_FAST_SIZES,
  TEN_RATIOS,
  geminiSizes,
  imagenSizes,
} from './sizes.js';
import type { Tier } from './sizes.js';

/**
 * What every input is brought to (protocol notes §2). No limit of pixels is published; these are the longest edge and the
 * most pixels that the models render themselves, because an answer has to be able to come back as it is.
 */
const INPUTS = {
  types: ['image/png', 'image/jpeg', 'image/webp'],
  // As base64 14 of them make 98 MB of the 100 MB that the Gemini API takes in one request; Vertex takes 7 MB for each.
  maxBytes: 5 * 1024 * 1024,
  minEdge: 1,
  maxEdge: 11_712,
  maxPixels: 3584 * 4800,
} as const satisfies InputRule;

const MAX_INPUTS = 14;
const MAX_INPUTS_2_5 = 3;
const MAX_CHARS_2_5 = 32_000;
/** Recorded of Lite; taken for the others too, where a prompt and its pictures have to fit the model's tokens (§3). */
const INPUT_IMAGE_TOKENS = 1120;

const SOURCE = "Google's list prices, read 2026-11-22";
const GUIDE_SOURCE = 'price of the product guide';

/** Minutes are possible at 4K, and whoever hangs up pays all the same (protocol notes §11). */
const GEMINI_TIMEOUT_MS = 300_000;
const IMAGEN_TIMEOUT_MS = 120_000;

const MOST_CAPABLE = 'gemini-3-pro-image';
const SUCCESSOR = 'gemini-nano-banana-2.1';

/** Google's guide asks for a scene that is described, not for a list of keywords. */
const GEMINI_PROMPTS: PromptStyle = {
  form: 'labels',
  order: ['subject', 'composition', 'details', 'lighting', 'mood', 'style'],
  languages: undefined,
  lettering: { scripts: ['latin', 'han', 'other'], maxChars: 100 },
  why: 'a language model paints here: the scene is described first and its manner last, part by part',
};

/** Its guide builds prompts of subject, context and style, and advises lettering of 25 characters or fewer. */
const IMAGEN_PROMPTS: PromptStyle = {
  form: 'phrases',
  order: ['subject', 'details', 'style', 'composition', 'lighting', 'mood'],
  languages: ['en', 'zh', 'hi', 'ja', 'ko', 'pt', 'es'],
  lettering: { scripts: ['latin'], maxChars: 25 },
  why: 'its guide words prompts as subject, context and style; a text encoder reads them, so parts have no names',
};

/** `generateContent` has no field for quality, format, background, mask or negatives; `seed` is best effort (§2). */
const GEMINI_PARAMS: Omit<ModelParams, 'size' | 'promptMaxChars'> = {
  maxPerCall: 1,
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
  promptStyle: GEMINI_PROMPTS,
};

/** On this surface Imagen takes neither seed nor negative prompt, and its rewriting has no switch (§7). */
const IMAGEN_PARAMS: Omit<ModelParams, 'size'> = {
  ...GEMINI_PARAMS,
  maxPerCall: 4,
  // The limit is 480 tokens; four characters each is the usual English measure.
  promptMaxChars: 1920,
  outputFormat: ['png', 'jpeg'],
  outputCompression: ['jpeg'],
  personGeneration: ['dont_allow', 'allow_adult', 'allow_all'],
  seed: undefined,
  promptRevision: { kind: 'unavoidable' },
  promptStyle: IMAGEN_PROMPTS,
};

type TierCredits = Readonly<Partial<Record<Tier, number>>> & { readonly '1K': number };

export const googleModels: readonly ModelEntry[] = [
  gemini({
    slug: 'gemini-nano-banana-2.1',
    name: 'Nano Banana 2.1',
    aliases: ['nano-banana-2.1'],
    strengths: ['photoreal', 'edits', 'lettering', 'fast'],
    notes: "Google's choice for new work; 14 ratios from 1:8 to 8:1, up to 4K.",
    ratios: FOURTEEN_RATIOS,
    // 512 is said to be refused by two sources and recommended by one (protocol notes §14).
    tierCredits: { '1K': 3.36, '2K': 5.04, '4K': 11.3 },
    inputCredits: 0.168,
    // Input limits of 2.1 and Lite are not published; one token per character at worst.
    promptMaxChars: 32_000,
    lifecycle: { released: '2026-10-06' },
  }),
  gemini({
    slug: 'gemini-3-pro-image',
    name: 'Nano Banana Pro',
    aliases: ['nano-banana-pro'],
    strengths: ['lettering', 'diagrams', 'many inputs', 'instructions'],
    notes: 'Always thinks before it paints: slower, dearer and the most exact of the family.',
    ratios: TEN_RATIOS,
    tierCredits: { '1K': 13.4, '2K': 13.4, '4K': 24 },
    // 258 tokens, as others saw it; no record tells (protocol notes §3).
    inputCredits: 0.0516,
    promptMaxChars: 131_000,
    lifecycle: { released: '2026-05-28' },
  }),
  gemini({
    slug: 'gemini-3.1-flash-image',
    name: 'Nano Banana 2',
    aliases: ['nano-banana-2'],
    strengths: ['photoreal', 'edits', 'fast'],
    notes: 'Ratios from 1:8 to 8:1 and drafts at 512.',
    ratios: FOURTEEN_RATIOS,
    tierCredits: { '1K': 6.7, '512': 4.5, '2K': 10.1, '4K': 15.1 },
    inputCredits: 0.056,
    promptMaxChars: 65_000,
    lifecycle: {
      released: '2026-05-28',
      deprecatedOn: '2026-10-06',
      // Told by third parties; Google's own note gives no day (protocol notes §14).
      retiredOn: '2026-10-29',
      successor: SUCCESSOR,
    },
  }),
  gemini({
    slug: 'gemini-3.1-flash-lite-image',
    name: 'Nano Banana 2 Lite',
    aliases: ['nano-banana-2-lite'],
    strengths: ['low price', 'fast'],
    notes: 'One tier (1K), 14 ratios; the shortest wait of the family.',
    ratios: FOURTEEN_RATIOS,
    tierCredits: { '1K': 3.36 },
    inputCredits: 0.028,
    promptMaxChars: 32_000,
    lifecycle: { released: '2026-06-30' },
  }),
  {
    ...common('gemini-2-5-flash-image', 'gemini-2.5-flash-image', true),
    name: 'Nano Banana',
    aliases: ['nano-banana', 'gemini-2.5-flash-image', 'google/gemini-2.5-flash-image'],
    strengths: ['photoreal', 'edits', 'fast', 'low price'],
    notes: 'Photoreal pictures and quick edits of up to three inputs at about one megapixel.',
    // More are taken, but three are what Google advises.
    edit: editSpec(MAX_INPUTS_2_5, MAX_CHARS_2_5),
    params: {
      ...GEMINI_PARAMS,
      deliveredFormat: 'png',
      size: { kind: 'list', sizes: GEMINI_2_5_SIZES },
      promptMaxChars: MAX_CHARS_2_5,
    },
    pricing: { kind: 'per-image', rows: [{ credits: 1.5 }], fixed: true, source: GUIDE_SOURCE },
    lifecycle: { released: '2025-10-02', retiredOn: '2026-10-02', successor: SUCCESSOR },
    timeoutMs: GEMINI_TIMEOUT_MS,
  },
  imagen({
    slug: 'imagen-4',
    upstream: 'imagen-4.0-generate-001',
    name: 'Imagen 4',
    strengths: ['aesthetics', 'photoreal'],
    notes: 'Pleasing pictures, slower than the Gemini models; generation only.',
    params: { ...IMAGEN_PARAMS, size: { kind: 'list', sizes: imagenSizes(['1K', '2K']) } },
    pricing: { kind: 'per-image', rows: [{ credits: 8 }], fixed: true, source: GUIDE_SOURCE },
    successor: SUCCESSOR,
  }),
  imagen({
    slug: 'imagen-4-fast',
    upstream: 'imagen-4.0-fast-generate-001',
    name: 'Imagen 4 Fast',
    strengths: ['low price', 'fast'],
    notes: 'The quick Imagen, at 1K only; generation only.',
    params: { ...IMAGEN_PARAMS, size: { kind: 'list', sizes: IMAGEN_FAST_SIZES } },
    pricing: { kind: 'per-image', rows: [{ credits: 2 }], source: SOURCE },
    successor: SUCCESSOR,
  }),
  imagen({
    slug: 'imagen-4-ultra',
    upstream: 'imagen-4.0-ultra-generate-001',
    name: 'Imagen 4 Ultra',
    strengths: ['aesthetics', 'instructions'],
    notes: 'The most exact Imagen; generation only.',
    // More than one per call was allowed on Vertex only (protocol notes §7).
    params: { ...IMAGEN_PARAMS, maxPerCall: 1, size: { kind: 'list', sizes: imagenSizes(['1K', '2K']) } },
    pricing: { kind: 'per-image', rows: [{ credits: 6 }], source: SOURCE },
    successor: MOST_CAPABLE,
  }),
];

function gemini(facts: {
  readonly slug: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly strengths: readonly string[];
  readonly notes: string;
  readonly ratios: readonly string[];
  readonly tierCredits: TierCredits;
  /** What each input of an edit adds: its tokens at the price of input (protocol notes §3, §9). */
  readonly inputCredits: number;
  readonly promptMaxChars: number;
  readonly lifecycle: Lifecycle;
}): ModelEntry {
  const { slug, ratios, tierCredits, promptMaxChars } = facts;
  const tiers = (['512', '1K', '2K', '4K'] as const).filter((tier) => tierCredits[tier] !== undefined);
  const sizes = geminiSizes(ratios, tiers);
  return {
    ...common(slug, slug, true),
    name: facts.name,
    aliases: [...facts.aliases, `google/${slug}`],
    strengths: facts.strengths,
    notes: facts.notes,
    edit: editSpec(MAX_INPUTS, promptMaxChars),
    // Seen of the third generation, by others (protocol notes §0, §4); the gateway converts if it is not so.
    params: { ...GEMINI_PARAMS, deliveredFormat: 'jpeg', size: { kind: 'list', sizes }, promptMaxChars },
    pricing: tierPricing(sizes, tierCredits, facts.inputCredits),
    lifecycle: facts.lifecycle,
    timeoutMs: GEMINI_TIMEOUT_MS,
  };
}

/** Edits are the same call with pictures in it; there is no mask, and the shape follows the input (protocol notes §2). */
function editSpec(maxInputImages: number, promptMaxChars: number): EditSpec {
  return {
    maxInputImages,
    mask: false,
    inputs: INPUTS,
    unsized: 'model',
    params: { promptMaxChars: promptMaxChars - maxInputImages * INPUT_IMAGE_TOKENS },
  };
}

/** The tier decides, not the ratio. 1K is last, because it is what comes when no size is sent. */
function tierPricing(sizes: readonly NativeSize[], tierCredits: TierCredits, inputCredits: number): Pricing {
  const rows = (['512', '2K', '4K'] as const).flatMap((tier): PriceRow[] => {
    const credits = tierCredits[tier];
    if (credits === undefined) return [];
    const covered = sizes.filter(({ native }) => native?.['imageSize'] === tier);
    return [{ sizes: covered.map(({ width, height }) => `${width}x${height}`), credits }];
  });
  return {
    kind: 'per-image',
    rows: [...rows, { credits: tierCredits['1K'] }],
    inputCredits,
    source: SOURCE,
  };
}

function imagen(
  facts: Pick<ModelEntry, 'slug' | 'name' | 'strengths' | 'notes' | 'params' | 'pricing'> & {
    readonly upstream: string;
    readonly successor: string;
  },
): ModelEntry {
  const { upstream, successor, ...rest } = facts;
  return {
    ...common(facts.slug, upstream, false),
    ...rest,
    aliases: [upstream, `google/${facts.slug}`, `google/${upstream}`],
    edit: undefined,
    lifecycle: { released: '2025-08-14', retiredOn: '2026-08-17', successor },
    timeoutMs: IMAGEN_TIMEOUT_MS,
  };
}

function common(
  slug: string,
  upstream: string,
  edits: boolean,
): Pick<ModelEntry, 'slug' | 'ownedBy' | 'transparency' | 'routes' | 'contentPolicy'> {
  return {
    slug,
    ownedBy: 'google',
    transparency: false,
    routes: [
      {
        id: `google/${upstream}`,
        upstream: edits ? { generate: upstream, edit: upstream } : { generate: upstream },
        operator: 'Google',
        operatorCountry: 'US',
        country: 'US',
      },
    ],
    contentPolicy: 'provider',
  };
}
