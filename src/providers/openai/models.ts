/**
 * OpenAI's image models (protocol notes §1, §12, §13). Prices are list prices in credits; dates of notice come from
 * OpenAI's deprecations page.
 */
import type { EditSpec, InputRule, Lifecycle, ModelEntry, Pricing, RouteSpec } from '../model.js';
import {
  DALL_E_2_PARAMS,
  DALL_E_3_PARAMS,
  FIRST_GPT_PARAMS,
  GPT_2_5_PARAMS,
  GPT_2_6_PARAMS,
  GPT_2_PARAMS,
} from './model-params.js';

/**
 * Types and bytes are documented (protocol notes §5), pixels are not: those bounds are ours. A form takes files below
 * 50 MB, a data URL 20,971,520 characters; the bytes are such that either holds every input.
 */
const GPT_INPUTS: InputRule = {
  types: ['image/png', 'image/jpeg', 'image/webp'],
  maxBytes: 15_000_000,
  minEdge: 64,
  maxEdge: 4096,
  maxPixels: 16 * 1024 * 1024,
};

/** One square PNG below 4 MB (protocol notes §5). It renders no more than 1024 pixels, and such a PNG is below 4 MB. */
const DALL_E_2_INPUTS: InputRule = {
  types: ['image/png'],
  maxBytes: 3_999_999,
  minEdge: 64,
  maxEdge: 1024,
  maxPixels: 1024 * 1024,
  square: true,
};

const SOURCE = "OpenAI's list prices, read 2026-11-22";

/** GPT Image renders for minutes at high quality, and whoever hangs up pays all the same (protocol notes §13). */
const GPT_TIMEOUT_MS = 360_000;
const DALL_E_TIMEOUT_MS = 180_000;

/** Tokens of a 1024x1024 picture as published for gpt-image-2; larger pictures take fewer per pixel (§12). */
const GPT_2_TOKENS = { low: 196, medium: 1756, high: 7024 } as const;
const GPT_2_RATES = { textInput: 500, imageInput: 800, imageOutput: 3000 } as const;
/** No rule is published; a JPEG of some 80 kB counted 512 on gpt-image-2 (§12). Four times that, so that a quote errs upwards. */
const INPUT_TOKENS = 2048;
const INPUT_TOKENS_SOURCE =
  'tokens of an input picture are our estimate, four times the 512 that one was seen to count';
const GPT_2_PRICING: Pricing = {
  kind: 'tokens',
  creditsPerMillion: GPT_2_RATES,
  inputTokensPerImage: INPUT_TOKENS,
  outputTokensPerSquare: GPT_2_TOKENS,
  source: `${SOURCE}; ${INPUT_TOKENS_SOURCE}`,
};
const GPT_2_5_PRICING: Pricing = {
  kind: 'tokens',
  creditsPerMillion: GPT_2_RATES,
  inputTokensPerImage: INPUT_TOKENS,
  // Nothing is published for the two highest: twice and four times `high`, so that a quote errs upwards.
  outputTokensPerSquare: { ...GPT_2_TOKENS, xhigh: 14_048, max: 28_096 },
  source: `${SOURCE}; tokens of xhigh and max are our estimate; ${INPUT_TOKENS_SOURCE}`,
};

/**
 * What an input adds where pictures are priced one by one: a thousand tokens at gpt-image-1's 10 US$ per million. That is
 * twice what one was seen to count; what `input_fidelity` high adds is not known (§12, doubt 6).
 */
const INPUT_CREDITS = 1;
const INPUT_CREDITS_SOURCE =
  'the price of an input picture is our estimate, a thousand tokens at 10 US$ per million';

/** Token prices of gpt-image-1.5 are not known, its prices per picture are. The last row is the dearest. */
const GPT_1_5_PRICING: Pricing = {
  kind: 'per-image',
  rows: [
    { quality: ['low'], sizes: ['1024x1024'], credits: 0.9 },
    { quality: ['low'], credits: 1.3 },
    { quality: ['medium'], sizes: ['1024x1024'], credits: 3.4 },
    { quality: ['medium'], credits: 5 },
    { quality: ['high'], sizes: ['1024x1024'], credits: 13.3 },
    { credits: 20 },
  ],
  inputCredits: INPUT_CREDITS,
  source: `${SOURCE}; ${INPUT_CREDITS_SOURCE}`,
};

const SUCCESSOR = 'gpt-image-2';
const LAST_OF_FIRST_GENERATION: Lifecycle = {
  deprecatedOn: '2026-06-02',
  retiredOn: '2026-12-01',
  successor: SUCCESSOR,
};

/** GPT Image edits up to 16 pictures, the first with a mask, and chooses the size itself when told `auto` (protocol notes §5). */
const GPT_EDIT: EditSpec = { maxInputImages: 16, mask: true, inputs: GPT_INPUTS, unsized: 'model' };

export const openAiModels: readonly ModelEntry[] = [
  entry({
    slug: 'dall-e-3',
    name: 'DALL·E 3',
    strengths: ['long prompts', 'literal reading', 'composition'],
    notes: 'Takes long prompts literally; rewrites them unless prompt_revision is false.',
    edit: undefined,
    transparency: false,
    params: DALL_E_3_PARAMS,
    pricing: {
      kind: 'per-image',
      rows: [
        { quality: ['hd'], sizes: ['1792x1024', '1024x1792'], credits: 12 },
        { quality: ['hd'], credits: 8 },
        { sizes: ['1792x1024', '1024x1792'], credits: 8 },
        { credits: 4 },
      ],
      fixed: true,
      source: SOURCE,
    },
    lifecycle: {
      released: '2023-11-06',
      deprecatedOn: '2025-11-14',
      retiredOn: '2026-05-12',
      successor: SUCCESSOR,
    },
    timeoutMs: DALL_E_TIMEOUT_MS,
  }),
  entry({
    slug: 'dall-e-2',
    name: 'DALL·E 2',
    strengths: ['low price', 'several pictures per call'],
    notes: 'Square pictures only; edits take one square PNG.',
    // Without a size it renders 1024x1024 whatever the input is.
    edit: { maxInputImages: 1, mask: true, inputs: DALL_E_2_INPUTS, unsized: 'input' },
    transparency: false,
    params: DALL_E_2_PARAMS,
    pricing: {
      kind: 'per-image',
      rows: [{ sizes: ['256x256'], credits: 1.6 }, { sizes: ['512x512'], credits: 1.8 }, { credits: 2 }],
      source: SOURCE,
    },
    lifecycle: {
      released: '2022-11-03',
      deprecatedOn: '2025-11-14',
      retiredOn: '2026-05-12',
      successor: SUCCESSOR,
    },
    timeoutMs: DALL_E_TIMEOUT_MS,
  }),
  entry({
    slug: 'gpt-image-1',
    name: 'GPT Image 1',
    strengths: ['lettering', 'edits'],
    notes: 'The first GPT Image model.',
    params: FIRST_GPT_PARAMS,
    pricing: {
      kind: 'per-image',
      rows: [
        { quality: ['low'], sizes: ['1024x1024'], credits: 1.1 },
        { quality: ['low'], credits: 1.6 },
        { quality: ['medium'], sizes: ['1024x1024'], credits: 4.2 },
        { quality: ['medium'], credits: 6.3 },
        { quality: ['high'], sizes: ['1024x1024'], credits: 16.7 },
        { credits: 25 },
      ],
      inputCredits: INPUT_CREDITS,
      source: `${SOURCE}; ${INPUT_CREDITS_SOURCE}`,
    },
    lifecycle: { released: '2025-04-23', retiredOn: '2026-10-23', successor: SUCCESSOR },
  }),
  entry({
    slug: 'gpt-image-1-mini',
    name: 'GPT Image 1 mini',
    strengths: ['low price', 'edits'],
    notes: 'The cheapest GPT Image model; edits keep less of the input than its larger siblings.',
    params: { ...FIRST_GPT_PARAMS, inputFidelity: undefined },
    pricing: {
      kind: 'tokens',
      creditsPerMillion: { textInput: 200, imageInput: 250, imageOutput: 800 },
      // From the published prices per picture (0.005, 0.011 and 0.036 US$) at the price of a token.
      outputTokensPerSquare: { low: 625, medium: 1375, high: 4500 },
      inputTokensPerImage: INPUT_TOKENS,
      source: `${SOURCE}; ${INPUT_TOKENS_SOURCE}`,
    },
    lifecycle: { released: '2025-10-06', ...LAST_OF_FIRST_GENERATION },
  }),
  entry({
    slug: 'gpt-image-1.5',
    name: 'GPT Image 1.5',
    snapshot: 'gpt-image-1.5-2025-12-16',
    strengths: ['lettering', 'edits', 'faithful inputs'],
    notes: 'Follows instructions closely; three fixed sizes.',
    params: FIRST_GPT_PARAMS,
    pricing: GPT_1_5_PRICING,
    lifecycle: { released: '2025-12-16', ...LAST_OF_FIRST_GENERATION },
  }),
  entry({
    // Not an alias: it has its own upstream id and ends with gpt-image-1.5, long before gpt-image-2 does.
    slug: 'chatgpt-image-latest',
    name: 'ChatGPT Image (latest)',
    strengths: ['lettering', 'edits'],
    notes: "The picture model behind ChatGPT as of early 2026; charged by gpt-image-1.5's prices.",
    params: FIRST_GPT_PARAMS,
    pricing: GPT_1_5_PRICING,
    lifecycle: LAST_OF_FIRST_GENERATION,
  }),
  entry({
    slug: 'gpt-image-2',
    name: 'GPT Image 2',
    snapshot: 'gpt-image-2-2026-04-21',
    strengths: ['free sizes up to 4K', 'lettering', 'edits'],
    notes: 'Any size in multiples of 16 up to 8 megapixels; transparency is a preview.',
    params: GPT_2_PARAMS,
    pricing: GPT_2_PRICING,
    lifecycle: { released: '2026-04-21' },
  }),
  ...(['sunburst', 'flare'] as const).flatMap((variant) => [
    entry({
      slug: `gpt-image-2.5-${variant}`,
      name: `GPT Image 2.5 ${variant === 'flare' ? 'Flare' : 'Sunburst'}`,
      snapshot: `gpt-image-2.5-${variant}-2026-09-08`,
      strengths: ['free sizes up to 4K', 'five quality steps', 'edits'],
      notes: 'Qualities xhigh and max; what they cost shows only in the answer, quotes are estimates.',
      params: GPT_2_5_PARAMS,
      pricing: GPT_2_5_PRICING,
      lifecycle: { released: '2026-09-08' },
    }),
    entry({
      slug: `gpt-image-2.6-${variant}`,
      name: `GPT Image 2.6 ${variant === 'flare' ? 'Flare' : 'Sunburst'}`,
      strengths: ['free sizes up to 4K', 'planning effort', 'edits'],
      notes: 'Plans before it paints: complexity sets how long, apart from quality.',
      params: GPT_2_6_PARAMS,
      pricing: GPT_2_5_PRICING,
      lifecycle: { released: '2026-11-04' },
    }),
  ]),
];

type EntryFacts = Pick<
  ModelEntry,
  'slug' | 'name' | 'strengths' | 'notes' | 'params' | 'pricing' | 'lifecycle'
> &
  Partial<Pick<ModelEntry, 'transparency' | 'timeoutMs'>> & {
    readonly edit?: ModelEntry['edit'] | undefined;
    /** Dated id of the same model. */
    readonly snapshot?: string;
  };

function entry(facts: EntryFacts): ModelEntry {
  const { snapshot, ...rest } = facts;
  const aliases = [`openai/${facts.slug}`];
  if (snapshot !== undefined) aliases.push(snapshot, `openai/${snapshot}`);
  const edit = 'edit' in facts ? facts.edit : GPT_EDIT;
  return {
    transparency: true,
    timeoutMs: GPT_TIMEOUT_MS,
    ...rest,
    edit,
    aliases,
    ownedBy: 'openai',
    routes: [route(facts.slug, edit !== undefined)],
    contentPolicy: 'provider',
  };
}

function route(upstream: string, edits: boolean): RouteSpec {
  return {
    id: `openai/${upstream}`,
    upstream: edits ? { generate: upstream, edit: upstream } : { generate: upstream },
    operator: 'OpenAI',
    operatorCountry: 'US',
    country: 'US',
  };
}
