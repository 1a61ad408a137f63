/** Alibaba's Qwen-Image on the vendor's hosts (protocol notes §1, §4, §5, §11). */
import type { ModelEntry, Pricing, RouteSpec } from '../model.js';
import { FIRST_EDIT, SECOND_EDIT, SECOND_PRO_EDIT, THIRD_EDIT } from './edit-specs.js';
import {
  FIRST_PARAMS,
  FIRST_TIER_SIZES,
  SECOND_PARAMS,
  SECOND_PRO_PARAMS,
  THIRD_PARAMS,
} from './model-params.js';
import { REGIONS } from './regions.js';

/** Of all regions Singapore is the dearest; prices in yuan are converted as the vendor's dollar prices suggest. */
const SOURCE = "Alibaba's list prices in Singapore, read 2026-08-30";
const EDIT_SOURCE =
  'no price of qwen-image-edit-plus is in the list: that of qwen-image, which is above that of qwen-image-plus';

/** The 3.0 models charge every input, CNY 0.022483 in Singapore; 2.1-pro is taken to do so as well. */
const INPUT_CREDITS = 0.3;

const PRC_NOTE =
  'Runs on the vendor’s hosts: needs the workspace’s PRC opt-in. The same open weights on your own server don’t.';
const CLOSED_NOTE = 'Runs on the vendor’s hosts: needs the workspace’s PRC opt-in.';
const LAST_NOTE = 'Without a size, an edit of several pictures takes the shape of the last one.';

/** Calls of the first generation take up to a minute, those of the third up to three. */
const TIMEOUT_MS = 300_000;
const LONG_TIMEOUT_MS = 600_000;

export const qwenModels: readonly ModelEntry[] = [
  entry({
    slug: 'qwen-image',
    name: 'Qwen-Image',
    strengths: ['Chinese and English prompts', 'text inside images'],
    notes: `${PRC_NOTE} ${LAST_NOTE}`,
    edit: { ...FIRST_EDIT, pricing: { ...flat(3.5), source: EDIT_SOURCE } },
    editUpstream: 'qwen-image-edit-plus',
    params: FIRST_PARAMS,
    pricing: flat(3.5),
  }),
  entry({
    slug: 'qwen-image-plus',
    name: 'Qwen-Image Plus',
    strengths: ['low price', 'text inside images'],
    notes: PRC_NOTE,
    params: FIRST_PARAMS,
    pricing: flat(3),
  }),
  entry({
    slug: 'qwen-image-max',
    name: 'Qwen-Image Max',
    strengths: ['realism', 'text inside images'],
    notes: CLOSED_NOTE,
    params: FIRST_PARAMS,
    pricing: flat(7.5),
  }),
  entry({
    slug: 'qwen-image-2.0',
    name: 'Qwen-Image 2.0',
    strengths: ['free sizes up to 4 megapixels', 'edits with three pictures'],
    notes: `${CLOSED_NOTE} ${LAST_NOTE}`,
    edit: SECOND_EDIT,
    params: SECOND_PARAMS,
    pricing: flat(3.5),
  }),
  entry({
    slug: 'qwen-image-2.0-pro',
    name: 'Qwen-Image 2.0 Pro',
    strengths: ['free sizes up to 4 megapixels', 'lettering', 'edits with three pictures'],
    notes: `${CLOSED_NOTE} ${LAST_NOTE}`,
    edit: SECOND_EDIT,
    params: SECOND_PARAMS,
    pricing: flat(7.5),
  }),
  entry({
    slug: 'qwen-image-2.1-pro',
    name: 'Qwen-Image 2.1 Pro',
    strengths: ['edits with ten pictures', 'free sizes up to 4 megapixels'],
    notes: PRC_NOTE,
    edit: SECOND_PRO_EDIT,
    params: SECOND_PRO_PARAMS,
    pricing: {
      ...flat(7.5, INPUT_CREDITS),
      source: 'no price is published: the dearest of its neighbours',
    },
    timeoutMs: LONG_TIMEOUT_MS,
  }),
  entry({
    slug: 'qwen-image-3.0',
    name: 'Qwen-Image 3.0',
    strengths: ['long prompts', 'lettering', 'one price for all sizes'],
    notes: CLOSED_NOTE,
    edit: THIRD_EDIT,
    params: THIRD_PARAMS,
    pricing: flat(3, INPUT_CREDITS),
    timeoutMs: LONG_TIMEOUT_MS,
  }),
  entry({
    slug: 'qwen-image-3.0-pro',
    name: 'Qwen-Image 3.0 Pro',
    strengths: ['long prompts', 'lettering', 'free sizes up to 4 megapixels'],
    notes: CLOSED_NOTE,
    edit: THIRD_EDIT,
    params: THIRD_PARAMS,
    pricing: {
      kind: 'per-image',
      rows: [{ sizes: FIRST_TIER_SIZES, credits: 4 }, { credits: 7.5 }],
      inputCredits: INPUT_CREDITS,
      source: SOURCE,
    },
    timeoutMs: LONG_TIMEOUT_MS,
  }),
];

type EntryFacts = Pick<ModelEntry, 'slug' | 'name' | 'strengths' | 'notes' | 'params' | 'pricing'> &
  Partial<Pick<ModelEntry, 'edit' | 'timeoutMs'>> & {
    /** Model that edits, where it is not the one that generates. */
    readonly editUpstream?: string;
  };

function entry({ editUpstream, ...facts }: EntryFacts): ModelEntry {
  const edit = facts.edit === undefined ? {} : { edit: editUpstream ?? facts.slug };
  return {
    timeoutMs: TIMEOUT_MS,
    edit: undefined,
    ...facts,
    aliases: [`qwen/${facts.slug}`, `alibaba/${facts.slug}`],
    ownedBy: 'alibaba',
    transparency: false,
    lifecycle: {},
    contentPolicy: 'provider',
    routes: REGIONS.map(({ country }): RouteSpec => ({
      id: `qwen/${facts.slug}@${country.toLowerCase()}`,
      upstream: { generate: facts.slug, ...edit },
      operator: 'Alibaba Cloud',
      operatorCountry: 'CN',
      country,
    })),
  };
}

function flat(credits: number, inputCredits?: number): Pricing {
  return {
    kind: 'per-image',
    rows: [{ credits }],
    ...(inputCredits === undefined ? {} : { inputCredits }),
    source: SOURCE,
  };
}
