/** Black Forest Labs' FLUX models in its own cloud (protocol notes §A3 to §A5). A credit of theirs is one of ours: a cent. */
import type { ModelEntry, ModelParams, PriceRow, Pricing, PromptRevision, PromptStyle } from '../model.js';
import {
  FILL_EDIT,
  FLUX_2_EDIT,
  FLUX_2_INPUT_MEGAPIXELS,
  FLUX_3_EDIT,
  KLEIN_EDIT,
  KONTEXT_EDIT,
} from './edits.js';
import {
  FLUX_1_SIZES,
  FLUX_2_LISTED,
  FLUX_2_SIZES,
  FLUX_3_SIZES,
  flux3Sizes,
  KONTEXT_SIZES,
  sizeName,
  ULTRA_SIZES,
} from './sizes.js';

const SOURCE = "BFL's list prices, read 2026-10";
const TIMEOUT_MS = 300_000;

/** No prompt limits are documented. The text encoder of FLUX.1 reads 512 tokens, some 2000 characters, and no more. */
const SHORT_PROMPT_CHARS = 2000;
const LONG_PROMPT_CHARS = 10_000;

/** BFL's guide: subject, action, style, context, and word order as weight. */
const FLUX_PROMPTS: PromptStyle = {
  form: 'phrases',
  order: ['subject', 'style', 'details', 'composition', 'lighting', 'mood'],
  languages: ['en'],
  lettering: { scripts: ['latin'], maxChars: 40 },
  why: 'a text encoder reads the prompt and gives more weight to what comes first: subject, then style, then the scene',
};

const FLUX_1_PARAMS: ModelParams = {
  size: FLUX_1_SIZES,
  maxPerCall: 1,
  promptMaxChars: SHORT_PROMPT_CHARS,
  quality: undefined,
  defaultQuality: undefined,
  style: undefined,
  background: undefined,
  outputFormat: ['png', 'jpeg', 'webp'],
  outputCompression: undefined,
  moderation: undefined,
  personGeneration: undefined,
  seed: { min: 0, max: 2_147_483_647 },
  negativePrompt: undefined,
  inputFidelity: undefined,
  complexity: undefined,
  partialImages: undefined,
  // `prompt_upsampling` is off unless the provider's options ask for it.
  promptRevision: { kind: 'never' },
  promptStyle: FLUX_PROMPTS,
};
const KONTEXT_PARAMS: ModelParams = { ...FLUX_1_PARAMS, size: KONTEXT_SIZES };
const FLUX_2_PARAMS: ModelParams = {
  ...FLUX_1_PARAMS,
  size: FLUX_2_SIZES,
  promptMaxChars: LONG_PROMPT_CHARS,
  // Its encoder is a language model, which reads other languages too.
  promptStyle: { ...FLUX_PROMPTS, languages: undefined },
};
const FLUX_3_PARAMS: ModelParams = {
  ...FLUX_2_PARAMS,
  size: FLUX_3_SIZES,
  outputFormat: undefined,
  seed: undefined,
  // It reasons about the prompt first, and tells what became of it.
  promptRevision: { kind: 'unavoidable' },
};

/** A switch against rewriting was seen for these two, but is not documented. */
const UNAVOIDABLE: PromptRevision = { kind: 'unavoidable' };

export const bflModels: readonly ModelEntry[] = [
  entry({
    slug: 'flux-1.1-pro',
    upstream: 'flux-pro-1.1',
    name: 'FLUX 1.1 [pro]',
    strengths: ['fast', 'photographic'],
    notes: 'Up to 1440 pixels an edge.',
    params: FLUX_1_PARAMS,
    pricing: flat(4),
  }),
  entry({
    slug: 'flux-1.1-pro-ultra',
    upstream: 'flux-pro-1.1-ultra',
    name: 'FLUX 1.1 [pro] Ultra',
    strengths: ['four megapixels', 'photographic'],
    notes: 'Takes ratios, not pixels; `raw` gives less processed pictures.',
    params: { ...FLUX_1_PARAMS, size: ULTRA_SIZES },
    pricing: flat(6),
  }),
  entry({
    slug: 'flux-1-dev',
    upstream: 'flux-dev',
    name: 'FLUX.1 [dev]',
    strengths: ['low price', 'steps and guidance'],
    notes: 'The open-weights model, run by BFL.',
    params: FLUX_1_PARAMS,
    pricing: flat(2.5),
  }),
  entry({
    slug: 'flux-1-fill-pro',
    upstream: 'flux-pro-1.0-fill',
    name: 'FLUX.1 Fill [pro]',
    strengths: ['inpainting', 'takes masks itself'],
    notes: 'Only edits, and only with a mask: the prompt describes what is put there.',
    editsOnly: true,
    edit: FILL_EDIT,
    params: FLUX_1_PARAMS,
    pricing: flat(5),
  }),
  entry({
    slug: 'flux-kontext-pro',
    name: 'FLUX.1 Kontext [pro]',
    strengths: ['edits by instruction', 'keeps characters'],
    notes: 'About one megapixel at a ratio; more than one input picture is experimental.',
    edit: KONTEXT_EDIT,
    params: KONTEXT_PARAMS,
    pricing: flat(4),
  }),
  entry({
    slug: 'flux-kontext-max',
    name: 'FLUX.1 Kontext [max]',
    strengths: ['edits by instruction', 'lettering'],
    notes: 'As Kontext [pro], more faithful; six tasks at once per account.',
    edit: KONTEXT_EDIT,
    params: KONTEXT_PARAMS,
    pricing: flat(8),
  }),
  entry({
    slug: 'flux-2-pro',
    name: 'FLUX.2 [pro]',
    strengths: ['free sizes up to four megapixels', 'several reference pictures'],
    notes: 'Charged by the megapixel.',
    edit: FLUX_2_EDIT,
    params: { ...FLUX_2_PARAMS, promptRevision: UNAVOIDABLE },
    pricing: perMegapixel(3, 1.5),
  }),
  entry({
    slug: 'flux-2-max',
    name: 'FLUX.2 [max]',
    strengths: ['highest quality of FLUX.2', 'several reference pictures'],
    notes: 'Charged by the megapixel.',
    edit: FLUX_2_EDIT,
    params: { ...FLUX_2_PARAMS, promptRevision: UNAVOIDABLE },
    pricing: perMegapixel(7, 3),
  }),
  entry({
    slug: 'flux-2-flex',
    name: 'FLUX.2 [flex]',
    strengths: ['steps and guidance', 'lettering'],
    notes: 'Charged by the megapixel; rewrites prompts unless prompt_revision is false.',
    edit: FLUX_2_EDIT,
    params: {
      ...FLUX_2_PARAMS,
      promptRevision: { kind: 'switchable', certain: true, how: 'prompt_upsampling: false' },
    },
    pricing: perMegapixel(5, 5),
  }),
  entry({
    slug: 'flux-2-klein-4b',
    name: 'FLUX.2 [klein] 4B',
    strengths: ['low price', 'fast'],
    notes: 'Charged by the megapixel; the weights are Apache-2.0.',
    edit: KLEIN_EDIT,
    params: FLUX_2_PARAMS,
    pricing: perMegapixel(1.4, 0.1),
  }),
  entry({
    slug: 'flux-2-klein-9b',
    name: 'FLUX.2 [klein] 9B',
    strengths: ['low price', 'fast'],
    notes: 'Charged by the megapixel.',
    edit: KLEIN_EDIT,
    params: FLUX_2_PARAMS,
    pricing: perMegapixel(1.5, 0.2),
  }),
  entry({
    slug: 'flux-3-image',
    name: 'FLUX 3 Image',
    strengths: ['reasons about the prompt', 'up to 4K', 'ten reference pictures'],
    notes: 'No seed and no choice of format. Does not search the web unless `grounding` is asked for.',
    edit: FLUX_3_EDIT,
    params: FLUX_3_PARAMS,
    pricing: {
      kind: 'per-image',
      rows: flux3Rows(4.8, 7.5, 19.2),
      source:
        'seen by others at 1k in 2026-10; the other tiers are our estimate, in the proportions of Klein; inputs are not said to cost',
    },
  }),
  entry({
    slug: 'flux-3-image-klein',
    name: 'FLUX 3 Image Klein',
    strengths: ['low price', 'up to 4K'],
    notes: 'No seed and no choice of format. Does not search the web unless `grounding` is asked for.',
    edit: FLUX_3_EDIT,
    params: FLUX_3_PARAMS,
    pricing: { kind: 'per-image', rows: flux3Rows(0.9, 1.4, 3.6), source: SOURCE },
  }),
];

type EntryFacts = Pick<ModelEntry, 'slug' | 'name' | 'strengths' | 'notes' | 'params' | 'pricing'> &
  Partial<Pick<ModelEntry, 'edit'>> & {
    /** BFL's own name, where it differs from the slug. */
    readonly upstream?: string;
    /** Makes no picture from words alone. */
    readonly editsOnly?: true;
  };

function entry({ upstream, editsOnly, ...facts }: EntryFacts): ModelEntry {
  const model = upstream ?? facts.slug;
  const names = upstream === undefined ? [facts.slug] : [facts.slug, upstream];
  return {
    edit: undefined,
    ...facts,
    aliases: [
      ...(upstream === undefined ? [] : [upstream]),
      ...names.flatMap((name) => [`bfl/${name}`, `black-forest-labs/${name}`]),
    ],
    ownedBy: 'black-forest-labs',
    transparency: false,
    lifecycle: {},
    contentPolicy: 'provider',
    timeoutMs: TIMEOUT_MS,
    routes: [
      {
        id: `bfl/${facts.slug}`,
        upstream: {
          ...(editsOnly === true ? {} : { generate: model }),
          ...(facts.edit === undefined ? {} : { edit: model }),
        },
        operator: 'Black Forest Labs',
        operatorCountry: 'DE',
        // Jobs run somewhere in Europe or the United States unless the base URL names a region; the operator's country
        // stands for Europe, and the record tells the host that held the job.
        country: 'DE',
        alsoIn: ['US'],
      },
    ],
  };
}

function flat(credits: number): Pricing {
  return { kind: 'per-image', rows: [{ credits }], source: SOURCE };
}

/** So much for the first megapixel, so much for each further one that is begun, those of the inputs included. */
function perMegapixel(first: number, further: number): Pricing {
  const megapixels = ({ width, height }: { readonly width: number; readonly height: number }) =>
    Math.ceil((width * height) / 1_000_000);
  const priceOf = (count: number) => Number((first + (count - 1) * further).toFixed(6));
  const rows: readonly PriceRow[] = [1, 2, 3].map((count) => ({
    sizes: FLUX_2_LISTED.filter((size) => megapixels(size) === count).map(sizeName),
    credits: priceOf(count),
  }));
  return {
    kind: 'per-image',
    rows: [...rows, { credits: priceOf(4) }],
    inputCredits: FLUX_2_INPUT_MEGAPIXELS * further,
    source: SOURCE,
  };
}

/** Prices at 1k (and below), 2k (and 1.5k) and 4k. */
function flux3Rows(small: number, medium: number, large: number): readonly PriceRow[] {
  return [
    { sizes: [...flux3Sizes('1k'), ...flux3Sizes('768sq')].map(sizeName), credits: small },
    { sizes: [...flux3Sizes('1.5k'), ...flux3Sizes('2k')].map(sizeName), credits: medium },
    { credits: large },
  ];
}
